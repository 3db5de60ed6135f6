using System;
using System.Text;
using System.Text.Json;
using Rideau.Output;
using Rideau.Runtime;
using Xunit;

namespace Rideau.UnitTests.Commands;

public sealed class MessageLogTests
{
    private static readonly DateTime s_time = new(2026, 11, 24, 11, 47, 54, DateTimeKind.Utc);

    [Fact]
    public void A_JSON_line_has_what_engines_read()
    {
        string line = Encoding.UTF8.GetString(MessageLog.Line(LogLevel.Error, "a \"b\"\nc", json: true, s_time));
        Assert.Equal("{\"level\":\"error\",\"msg\":\"a \\\"b\\\"\\nc\",\"time\":\"2026-11-24T11:47:54Z\"}\n", line);
        Assert.Equal("a \"b\"\nc", JsonDocument.Parse(line).RootElement.GetProperty("msg").GetString());
    }

    [Fact]
    public void A_text_line_stays_one_line() =>
        Assert.Equal("time=\"2026-11-24T11:47:54Z\" level=warning msg=\"a \\\"b\\\"\\nc\"\n", Encoding.UTF8.GetString(MessageLog.Line(LogLevel.Warning, "a \"b\"\nc", json: false, s_time)));
}

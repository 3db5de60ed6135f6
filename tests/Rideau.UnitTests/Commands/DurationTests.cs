using System;
using Rideau.CommandLine;
using Xunit;

namespace Rideau.UnitTests.Commands;

public sealed class DurationTests
{
    [Theory]
    [InlineData("5s", 50_000_000)]
    [InlineData("1m30s", 900_000_000)]
    [InlineData("250ms", 2_500_000)]
    [InlineData("1.5h", 54_000_000_000)]
    [InlineData(".5s", 5_000_000)]
    [InlineData("300us", 3000)]
    [InlineData("100ns", 1)]
    [InlineData("1ns", 1)]
    [InlineData("0", 0)]
    [InlineData("-2s", -20_000_000)]
    public void A_duration_is_read(string text, long ticks) => Assert.Equal(new TimeSpan(ticks), Duration.Parse(text, "interval"));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("5 s")]
    [InlineData("5d")]
    [InlineData("1.2.3s")]
    [InlineData(".s")]
    [InlineData("5sm")]
    [InlineData("99999999999999999999999999999h")]
    [InlineData("900000h900000h")]
    public void What_is_none_is_refused(string text) => Assert.Throws<UsageException>(() => Duration.Parse(text, "interval"));
}

using Rideau.CommandLine;
using Xunit;

namespace Rideau.UnitTests.Commands;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("12b", 12)]
    [InlineData("32k", 32768)]
    [InlineData("32 KB", 32768)]
    [InlineData("1.5 GiB", 1610612736)]
    [InlineData(".5m", 524288)]
    [InlineData("2T", 2199023255552)]
    [InlineData("-1", -1)]
    public void A_size_is_read(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text, "memory"));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-2")]
    [InlineData("1 2m")]
    [InlineData("1.2.3m")]
    [InlineData("1mm")]
    [InlineData("1mbb")]
    [InlineData("1q")]
    [InlineData("0x10")]
    [InlineData("16E")]
    [InlineData("99999999999999999999")]
    [InlineData("9999999999999999999999999999999999")]
    public void What_is_no_size_is_refused_with_the_options_name(string text) =>
        Assert.StartsWith("invalid value for memory: ", Assert.Throws<UsageException>(() => ByteSize.Parse(text, "memory")).Message, System.StringComparison.Ordinal);
}

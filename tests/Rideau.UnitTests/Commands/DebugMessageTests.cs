using System.Collections.Generic;
using Rideau.Runtime;
using Xunit;

namespace Rideau.UnitTests.Commands;

public sealed class DebugMessageTests
{
    private int _evaluated;

    [Fact]
    public void Where_nobody_wants_it_nothing_is_evaluated()
    {
        var log = new Lines(isDebug: false);
        log.Debug($"step {Expensive()}");
        Assert.Equal(0, _evaluated);
        Assert.Empty(log.Written);
    }

    [Fact]
    public void Where_it_is_wanted_it_is_written_once()
    {
        var log = new Lines(isDebug: true);
        log.Debug($"step {Expensive()} of {"a plan"}");
        Assert.Equal(["Debug step 7 of a plan"], log.Written);
    }

    private int Expensive()
    {
        _evaluated++;
        return 7;
    }

    private sealed class Lines(bool isDebug) : Log
    {
        internal List<string> Written { get; } = [];

        public override bool IsDebug => isDebug;

        public override void Write(LogLevel level, string message) => Written.Add($"{level} {message}");
    }
}

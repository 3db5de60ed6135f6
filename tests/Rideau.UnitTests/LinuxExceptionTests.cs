using Rideau.Kernel;
using Xunit;

namespace Rideau.UnitTests;

public sealed class LinuxExceptionTests
{
    [Fact]
    public void A_failed_call_is_named_with_its_errno() =>
        Assert.Equal("mount(\"proc\") failed with EPERM (Operation not permitted)", new LinuxException("mount", 1, "\"proc\"").Message);
}

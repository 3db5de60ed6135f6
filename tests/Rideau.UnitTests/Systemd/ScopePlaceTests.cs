using Rideau.Runtime.Systemd;
using Xunit;

namespace Rideau.UnitTests.Systemd;

public sealed class ScopePlaceTests
{
    [Theory]
    [InlineData("/system.slice/rideau-web.scope", "")]
    [InlineData("/system.slice/rideau-web.scope/container", "/container")]
    [InlineData("/system.slice/rideau-web.scope/container/own/inner", "/container/own/inner")]
    [InlineData("/a.slice/rideau-web.scope/container/system.slice/rideau-web.scope/container", "/container")]
    [InlineData("/a.slice/rideau-web.scope/container/system.slice/rideau-web.scope", "")]
    [InlineData("/system.slice/rideau-web.scope2/container", "")]
    [InlineData("/elsewhere/web", "")]
    public void What_lies_inside_the_scope_is_behind_its_innermost_group(string path, string inside) =>
        Assert.Equal(inside, path[new Scope("rideau-web.scope", user: false).LengthIn(path)..]);

    [Fact]
    public void A_name_that_systemd_escapes_is_found_as_it_is_written() =>
        Assert.Equal("/container", "/_cpu.x-1.scope/container"[new Scope("cpu.x-1.scope", user: false).LengthIn("/_cpu.x-1.scope/container")..]);
}

using System;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>"ns show" of anything, and the view as a tree and a drawing.</summary>
public sealed class NamespaceViewTests
{
    [Fact]
    public void Show_tells_the_devices_and_addresses_of_a_network()
    {
        using var names = new NameRoot();
        string name = names.Prefix;
        names.Says("ns", "create", "--net", "--quiet", name);
        names.Says("ns", "exec", name, "sh", "-c", "ip link add v0 type veth peer name v1 && ip address add 192.0.2.7/24 dev v0 && ip -6 address add 2001:db8::7/64 dev v0 nodad && ip link set v0 up");
        foreach (string word in new[] { name, names.File(name, "net"), names.Identity(name, "net") })
        {
            string text = names.Says("ns", "show", word);
            Assert.Contains("v0 (veth) up 192.0.2.7/24 2001:db8::7/64", text, StringComparison.Ordinal);
            Assert.Contains("v1 (veth) down", text, StringComparison.Ordinal);
            Assert.Contains("owner:           user:[", text, StringComparison.Ordinal);
            Assert.Contains("depth:           0, of its owner", text, StringComparison.Ordinal);
        }

        JsonNode details = names.Show(name)["namespaces"]![0]!["details"]!;
        JsonNode device = details["devices"]!.AsArray().First(one => (string)one!["name"]! == "v0")!;
        Assert.Equal(["192.0.2.7/24", "2001:db8::7/64"], device["addresses"]!.AsArray().Select(one => (string)one!).Where(one => !one.StartsWith("fe80", StringComparison.Ordinal)));
        Assert.Contains("v0 (veth) up 192.0.2.7/24", names.Says("ns", "tree", "--thorough"), StringComparison.Ordinal);
        Assert.Contains("v0 (veth) up 192.0.2.7/24", names.Says("ns", "tree", "--thorough", "--format", "svg"), StringComparison.Ordinal);
    }

    [Fact]
    public void Show_tells_the_mappings_of_a_user_namespace_that_nobody_is_in()
    {
        using var names = new NameRoot();
        string name = names.Prefix;
        names.Says("ns", "create", "--user", "--map-users", "0:300000:1000", "--map-groups", "0:400000:1000", "--quiet", name);
        names.Says("ns", "create", "--uts", "--user-of", name, "--quiet", name + "u");
        string text = names.Says("ns", "show", name);
        Assert.Contains("user map:        0 300000 1000", text, StringComparison.Ordinal);
        Assert.Contains("group map:       0 400000 1000", text, StringComparison.Ordinal);
        Assert.Contains("depth:           1", text, StringComparison.Ordinal);
        Assert.Contains("creator:         root", text, StringComparison.Ordinal);
        Assert.Contains($"owner:           {names.Identity(name, "user")}", names.Says("ns", "show", name + "u"), StringComparison.Ordinal);
    }

    [Fact]
    public void Show_takes_a_process()
    {
        using var names = new NameRoot();
        using var holder = new NamespaceHolder("--uts --ipc");
        string pid = holder["uts"].Split('/')[2];
        JsonArray found = JsonNode.Parse(names.Says("ns", "show", "--format", "json", pid))!.AsArray();
        Assert.Equal(8, found.Count);
        JsonNode uts = found.First(one => (string)one!["type"]! == "uts")!;
        Assert.Equal(holder.Identity("uts"), $"uts:[{uts["inode"]}]");
        Assert.Contains(int.Parse(pid, CultureInfo.InvariantCulture), uts["processes"]!.AsArray().Select(one => (int)one!));
        Assert.Contains("no namespace is \"uts:[1]\"", names.Rideau("ns", "show", "uts:[1]").Error, StringComparison.Ordinal);
    }

    // Whoever starts a process chooses its words, and a drawing is opened in a browser.
    [Fact]
    public void The_drawing_has_every_namespace_and_no_markup_of_others()
    {
        using var names = new NameRoot();
        string name = names.Prefix;
        names.Says("ns", "create", "--user", "--uts", "--net", "--quiet", name);
        using var holder = new NamespaceHolder("--user --map-root-user --uts bash -c 'echo ready; exec -a \"</text><script>alert(1)</script>\" sleep 1000' #");
        string svg = names.Says("ns", "tree", "--format", "svg");
        XElement root = XDocument.Parse(svg).Root!;
        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName == "script");
        string text = string.Join('\n', root.Descendants().Where(element => element.Name.LocalName is "text" or "title").Select(element => element.Value));
        foreach (string type in new[] { "uts", "net" })
        {
            Assert.Contains(names.Identity(name, type).Split('[')[1].TrimEnd(']'), text, StringComparison.Ordinal);
        }

        Assert.Contains(names.Identity(name, "user"), text, StringComparison.Ordinal);
        Assert.Contains(holder.Identity("user"), text, StringComparison.Ordinal);
        Assert.Contains($"\"{name}\"", text, StringComparison.Ordinal);
        // Cards do not lie on one another.
        var cards = root.Elements().Where(element => (string?)element.Attribute("transform") is not null).Select(Card).ToList();
        Assert.All(cards, one => Assert.DoesNotContain(cards, other => one != other && one.X == other.X && one.Y < other.Y + other.Height && other.Y < one.Y + one.Height));
    }

    private static (int X, int Y, int Height) Card(XElement group)
    {
        string[] place = ((string)group.Attribute("transform")!)["translate(".Length..^1].Split(',');
        XElement card = group.Elements().First(element => (string?)element.Attribute("class") == "card");
        return (int.Parse(place[0], CultureInfo.InvariantCulture), int.Parse(place[1], CultureInfo.InvariantCulture), (int)card.Attribute("height")!);
    }
}

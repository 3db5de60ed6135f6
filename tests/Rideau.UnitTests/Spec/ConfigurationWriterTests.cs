using System.Text;
using System.Text.Json.Nodes;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Spec;

public sealed class ConfigurationWriterTests
{
    public static TheoryData<string> Fixtures => ConfigurationFixtures.Names();

    // everything.json has each field of the specification once: this one holds that each is read and written under its name.
    [Theory]
    [MemberData(nameof(Fixtures))]
    public void What_is_read_is_written_again(string name)
    {
        byte[] file = ConfigurationFixtures.Bytes(name);
        JsonNode expected = JsonComparison.Parse(file);
        expected.AsObject().Remove("x-unknown");
        byte[] written = ConfigurationWriter.Write(ConfigurationReader.Read(file));
        JsonNode? left = JsonComparison.WithoutEmpty(expected);
        JsonNode? right = JsonComparison.WithoutEmpty(JsonComparison.Parse(written));
        Assert.True(JsonNode.DeepEquals(left, right), $"{left}\n---\n{right}");
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Reading_what_was_written_changes_nothing(string name)
    {
        byte[] once = ConfigurationWriter.Write(ConfigurationReader.Read(ConfigurationFixtures.Bytes(name)));
        Assert.Equal(Encoding.UTF8.GetString(once), Encoding.UTF8.GetString(ConfigurationWriter.Write(ConfigurationReader.Read(once))));
    }

    [Fact]
    public void A_process_alone_and_resources_alone_are_written()
    {
        Configuration everything = ConfigurationReader.Read(ConfigurationFixtures.Bytes("everything.json"));
        JsonNode file = JsonComparison.Parse(ConfigurationFixtures.Bytes("everything.json"));
        JsonNode process = JsonComparison.Parse(ConfigurationWriter.Write(ConfigurationReader.ReadProcess(ConfigurationWriter.Write(everything.Process!))));
        JsonNode resources = JsonComparison.Parse(ConfigurationWriter.Write(ConfigurationReader.ReadResources(ConfigurationWriter.Write(everything.Linux!.Resources!))));
        Assert.True(JsonNode.DeepEquals(file["process"], process), process.ToString());
        Assert.True(JsonNode.DeepEquals(file["linux"]!["resources"], resources), resources.ToString());
    }

    [Fact]
    public void Letters_stay_letters_and_indentation_is_a_tab() =>
        Assert.Equal(
            "{\n\t\"ociVersion\": \"1.3.0\",\n\t\"hostname\": \"é<&>\"\n}",
            Encoding.UTF8.GetString(ConfigurationWriter.Write(new Configuration { OciVersion = "1.3.0", Hostname = "é<&>" })));
}

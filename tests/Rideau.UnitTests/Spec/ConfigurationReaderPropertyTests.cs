using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using CsCheck;
using Rideau.Runtime;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;
using Rideau.UnitTests.Fuzzing;
using Xunit;

namespace Rideau.UnitTests.Spec;

public sealed class ConfigurationReaderPropertyTests
{
    [Fact]
    public void Whatever_is_done_to_a_file_it_is_read_or_refused()
    {
        List<byte[]> files = [];
        foreach (string path in ConfigurationFixtures.All())
        {
            files.Add(File.ReadAllBytes(path));
        }

        Fuzz.Mutations(files).Sample(ReadAll, iter: Fuzz.Inputs(), threads: 1);
    }

    [Fact]
    public void Random_bytes_are_read_or_refused() => Gen.Byte.Array[0, 200].Sample(ReadAll, iter: Fuzz.Inputs(), threads: 1);

    [Fact]
    public void What_a_random_configuration_is_written_as_is_read_as_the_same() =>
        RandomConfiguration.Generator.Sample(
            static configuration =>
            {
                byte[] once = ConfigurationWriter.Write(configuration);
                Configuration read = ConfigurationReader.Read(once);
                Assert.Equivalent(configuration, read, strict: true);
                Assert.Equal(once, ConfigurationWriter.Write(read));
            },
            iter: 200,
            threads: 1);

    /// <summary>Of what is passed over nothing is missed by those who asked for the rest.</summary>
    [Fact]
    public void What_a_process_that_comes_later_needs_is_read_as_with_the_whole() =>
        RandomConfiguration.Generator.Sample(
            static configuration =>
            {
                byte[] file = ConfigurationWriter.Write(configuration);
                Configuration whole = ConfigurationReader.Read(file);
                Configuration exec = ConfigurationReader.Read(file, ConfigurationUse.Exec);
                Configuration entering = ConfigurationReader.Read(file, ConfigurationUse.Entering);
                Assert.Equivalent(whole.Process, exec.Process, strict: true);
                Assert.Equal((whole.Process?.ApparmorProfile, whole.Process?.SelinuxLabel), (entering.Process?.ApparmorProfile, entering.Process?.SelinuxLabel));
                foreach (Configuration part in new[] { exec, entering })
                {
                    Assert.Equal(whole.Annotations, part.Annotations);
                    Assert.Equivalent(Later(whole.Linux), Later(part.Linux), strict: true);
                    Assert.Empty(part.Mounts);
                    Assert.Null(part.Hooks);
                }
            },
            iter: 200,
            threads: 1);

    private static object? Later(Linux? linux) =>
        linux is null ? null : new { linux.Namespaces, linux.UidMappings, linux.GidMappings, linux.Seccomp, linux.Personality, linux.IntelRdt, linux.MemoryPolicy };

    [Theory]
    [InlineData("{\"linux\":{\"maskedPaths\":[", "\"\",", 5_000_000, "linux.maskedPaths[100000]: more than 100000 elements")]
    [InlineData("{\"annotations\":{", "\"a\":\"\",", 2_000_000, "more than 400000 elements in all lists together")]
    [InlineData("{\"mounts\":[", "{\"options\":[\"\",\"\",\"\",\"\",\"\",\"\"]},", 500_000, "more than 400000 elements in all lists together")]
    [InlineData("", "[", 5_000_000, "found a list")]
    [InlineData("{\"x\":", "[", 5_000_000, "nested deeper than 64 levels")]
    [InlineData("{\"linux\":", "{\"linux\":", 1_000_000, "nested deeper than 64 levels")]
    [InlineData("{\"hostname\":\"", "a", 50_000_000, "bytes, more than the 16777216 that are allowed")]
    [InlineData("{\"hostname\":\"", "a", 16_000_000, "it ends in the middle")]
    public void What_is_huge_is_refused_in_bounded_memory(string start, string repeated, int times, string message)
    {
        byte[] unit = Encoding.UTF8.GetBytes(repeated);
        int length = (int)Math.Min((long)unit.Length * times, start.Contains("hostname", StringComparison.Ordinal) ? int.MaxValue : 16_000_000);
        byte[] bytes = new byte[start.Length + length];
        Encoding.UTF8.GetBytes(start, bytes);
        for (int i = 0; i < length; i++)
        {
            bytes[start.Length + i] = unit[i % unit.Length];
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        ContainerException exception = Assert.Throws<ContainerException>(() => ConfigurationReader.Read(bytes));
        Assert.Contains(message, exception.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    private static void ReadAll(byte[] bytes)
    {
        Attempt(static b => Validate(ConfigurationReader.Read(b)), bytes);
        Attempt(static b => ConfigurationReader.ReadProcess(b), bytes);
        Attempt(static b => ConfigurationReader.ReadResources(b), bytes);
        Attempt(static b => StateJson.ReadRecord(b), bytes);
    }

    private static void Validate(Configuration configuration) => ConfigurationValidator.Validate(configuration, new ValidationOptions(), Log.None);

    private static void Attempt(Action<byte[]> read, byte[] bytes)
    {
        try
        {
            read(bytes);
        }
        catch (ContainerException exception)
        {
            Assert.StartsWith("cannot ", exception.Message);
        }
    }
}

using System;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>A small ext4 file system on a loop device, with one file in it: "word".</summary>
internal sealed class LoopDevice : IDisposable
{
    private readonly string _folder = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "rideau-tests", $"t{Environment.ProcessId}-loop-{Guid.NewGuid():N}");

    public LoopDevice()
    {
        Outcome made = RideauProgram.Shell(
            $"set -e; mkdir -p '{_folder}/tree'; cd '{_folder}'; echo hello >tree/word; truncate -s 4M image; mkfs.ext4 -q -d tree image; losetup --find --show image", 60);
        if (made.ExitCode != 0)
        {
            Dispose();
            Assert.Skip($"needs loop devices, losetup and mkfs.ext4: {made.Error}");
        }

        Path = made.Output.Trim();
        Numbers = RideauProgram.Shell($"stat -c '%Hr %Lr' '{Path}'").Output.Trim();
    }

    public string? Path { get; }

    /// <summary>Major and minor, with a space between.</summary>
    public string? Numbers { get; }

    public void Dispose() => RideauProgram.Shell($"{(Path is null ? "" : $"losetup -d '{Path}'; ")}rm -rf '{_folder}'");
}

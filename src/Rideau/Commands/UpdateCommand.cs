using System.Globalization;
using Rideau.CommandLine;
using Rideau.Kernel.Calls;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;

namespace Rideau.Commands;

internal static class UpdateCommand
{
    internal static Command Describe() => new()
    {
        Name = "update",
        Arguments = "CONTAINER",
        Summary = "change the limits of a container",
        Description = "Changes what is given and leaves the rest. A limit that the kernel refuses is named\nwith its file, and what was changed before it is set back. With --resources the\nlimits come from a file, in the form of linux.resources of config.json; then the\nother options are passed over. Sizes are in bytes, or with a unit: 512m, 2g.",
        Options =
        [
            new("resources", 'r', OptionKind.Text, "FILE", "read the limits from a JSON file; - is standard input"),
            new("blkio-weight", '\0', OptionKind.Number, "WEIGHT", "share of block I/O, from 10 to 1000"),
            new("cpu-period", '\0', OptionKind.Text, "TIME", "period of the CPU quota, in microseconds"),
            new("cpu-quota", '\0', OptionKind.Text, "TIME", "CPU time in a period, in microseconds; -1 is no limit"),
            new("cpu-burst", '\0', OptionKind.Text, "TIME", "unused CPU time that may be saved up, in microseconds"),
            new("cpu-share", '\0', OptionKind.Text, "SHARES", "share of CPU time against other containers (2 to 262144)"),
            new("cpu-rt-period", '\0', OptionKind.Text, "TIME", "period of real-time CPU time, in microseconds (cgroup v1)"),
            new("cpu-rt-runtime", '\0', OptionKind.Text, "TIME", "real-time CPU time in a period, in microseconds (cgroup v1)"),
            new("cpu-idle", '\0', OptionKind.Text, "0|1", "1: run only when the CPU has nothing else to do", Choices: "0 1"),
            new("cpuset-cpus", '\0', OptionKind.Text, "LIST", "CPUs to use: 0-3,7"),
            new("cpuset-mems", '\0', OptionKind.Text, "LIST", "memory nodes to use"),
            new("memory", '\0', OptionKind.Text, "SIZE", "memory; -1 is no limit"),
            new("memory-reservation", '\0', OptionKind.Text, "SIZE", "memory that is reclaimed last"),
            new("memory-swap", '\0', OptionKind.Text, "SIZE", "memory and swap together; -1 is no limit"),
            new("kernel-memory", '\0', OptionKind.Text, "SIZE", "gone from the kernel, ignored", Hidden: true),
            new("kernel-memory-tcp", '\0', OptionKind.Text, "SIZE", "gone from the kernel, ignored", Hidden: true),
            new("pids-limit", '\0', OptionKind.Number, "NUMBER", "processes and threads; -1 is no limit"),
            new("l3-cache-schema", '\0', OptionKind.Text, "SCHEMA", "Intel RDT: the part of the L3 cache"),
            new("mem-bw-schema", '\0', OptionKind.Text, "SCHEMA", "Intel RDT: the part of the memory's bandwidth"),
        ],
        Examples = "# more memory, and no more than 100 processes\nrideau update --memory 512m --pids-limit 100 web\n# half of a CPU\nrideau update --cpu-period 100000 --cpu-quota 50000 web\n# from a program\necho '{\"cpu\": {\"shares\": 512}}' | rideau update --resources - web",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        Resources resources = options.TextOrNone("resources") is { } file ? Read(file) : FromOptions(options);
        Update.Execute(invocation.Context(), invocation.Arguments[0], resources, Resctrl(options));
        return ExitCode.Success;
    }

    private static Resources Read(string file)
    {
        byte[] bytes = GivenFile.Read("--resources", file, out string name);
        return ConfigurationReader.ReadResources(bytes, name);
    }

    private static Resources FromOptions(GivenOptions options) => new()
    {
        BlockIo = options.Number("blkio-weight") is not 0 and int weight ? new BlockIoResources { Weight = Weight(weight) } : null,
        Cpu = new CpuResources
        {
            Period = Unsigned(options, "cpu-period"),
            Quota = Signed(options, "cpu-quota"),
            Burst = Unsigned(options, "cpu-burst"),
            Shares = Unsigned(options, "cpu-share"),
            RealtimePeriod = Unsigned(options, "cpu-rt-period"),
            RealtimeRuntime = Signed(options, "cpu-rt-runtime"),
            Idle = Signed(options, "cpu-idle"),
            Cpus = options.TextOrNone("cpuset-cpus"),
            Mems = options.TextOrNone("cpuset-mems"),
        },
        Memory = new MemoryResources
        {
            Limit = Size(options, "memory"),
            Swap = Size(options, "memory-swap"),
            Reservation = Size(options, "memory-reservation"),
            Kernel = Size(options, "kernel-memory"),
            KernelTcp = Size(options, "kernel-memory-tcp"),
        },
        Pids = options.IsGiven("pids-limit") ? new PidsResources(options.Number("pids-limit")) : null,
    };

    // Kinds of Intel RDT that the machine has show as directories of resctrl.
    private static IntelRdt? Resctrl(GivenOptions options)
    {
        string? cache = options.TextOrNone("l3-cache-schema");
        string? bandwidth = options.TextOrNone("mem-bw-schema");
        if (cache is not null && Files.TryStatus("/sys/fs/resctrl/info/L3", out _) != 0)
        {
            throw new ContainerException("cannot update: Intel RDT/CAT: l3 cache schema is not enabled", FailureCode.NotSupported, "mount resctrl at /sys/fs/resctrl, on a machine with such a processor");
        }

        if (bandwidth is not null && Files.TryStatus("/sys/fs/resctrl/info/MB", out _) != 0)
        {
            throw new ContainerException("cannot update: Intel RDT/MBA: memory bandwidth schema is not enabled", FailureCode.NotSupported, "mount resctrl at /sys/fs/resctrl, on a machine with such a processor");
        }

        return cache is null && bandwidth is null ? null : new IntelRdt { L3CacheSchema = cache, MemBwSchema = bandwidth };
    }

    private static ushort Weight(int weight) => weight is > 0 and <= ushort.MaxValue
        ? (ushort)weight
        : throw new UsageException($"invalid value for blkio-weight: {weight}", "a number from 10 to 1000");

    private static ulong? Unsigned(GivenOptions options, string name) => options.TextOrNone(name) is not { } text ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value
        : throw new UsageException($"invalid value for {name}: \"{text}\"", "a number, not below 0");

    private static long? Signed(GivenOptions options, string name) => options.TextOrNone(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
        : throw new UsageException($"invalid value for {name}: \"{text}\"", "a number");

    private static long? Size(GivenOptions options, string name) => options.TextOrNone(name) is { } text ? ByteSize.Parse(text, name) : null;
}

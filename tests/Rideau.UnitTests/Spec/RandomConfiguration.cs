using System.Collections.Generic;
using CsCheck;
using Rideau.Runtime.Spec;

namespace Rideau.UnitTests.Spec;

/// <summary>Configurations of random values; not such as a container could be made of.</summary>
internal static class RandomConfiguration
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char['\u0001', '\u07ff'], 0, 12];
    private static readonly Gen<List<string>> Texts = Text.List[0, 3];
    private static readonly Gen<Dictionary<string, string>> Map = Gen.Dictionary(Text, Text)[0, 3];
    private static readonly Gen<List<IdMapping>> Mappings = Gen.Select(Gen.UInt, Gen.UInt, Gen.UInt, static (a, b, c) => new IdMapping(a, b, c)).List[0, 3];
    private static readonly Gen<Hook> Hook = Gen.Select(Text, Texts, Texts, Gen.Int, static (path, args, env, timeout) =>
        new Hook { Path = path, Args = args, Env = env, TimeoutSeconds = timeout % 2 == 0 ? null : timeout });

    private static readonly Gen<Mount> Mount = Gen.Select(Text, Texts, Mappings, Mappings, static (text, options, uids, gids) =>
        new Mount { Destination = text, Type = text.Length % 2 == 0 ? null : text, Source = text, Options = options, UidMappings = uids, GidMappings = gids });

    private static readonly Gen<Process> Process = Gen.Select(Texts, Texts, Gen.UInt.List[0, 3], Gen.Bool, Gen.ULong, Gen.Int, static (args, env, gids, flag, big, number) => new Process
    {
        Args = args,
        Env = env,
        Terminal = flag,
        NoNewPrivileges = !flag,
        OomScoreAdj = flag ? number : null,
        User = new User { Uid = (uint)big, Gid = (uint)number, Umask = flag ? (uint)number : null, AdditionalGids = gids },
        Capabilities = flag ? new Capabilities { Bounding = env, Ambient = args } : null,
        Rlimits = flag ? [new Rlimit("x", big, ~big)] : [],
        Scheduler = flag ? new Scheduler { Policy = "p", Nice = number, Priority = ~number, Flags = env, Runtime = big, Deadline = ~big, Period = big / 2 } : null,
        IoPriority = flag ? null : new IoPriority("c", number),
        ConsoleSize = flag ? new ConsoleSize((uint)number, (uint)big) : null,
        ExecCpuAffinity = flag ? new ExecCpuAffinity(null, "1") : null,
    });

    private static readonly Gen<Resources> Resources = Gen.Select(Gen.Long, Gen.ULong, Gen.Bool, Map, static (number, big, flag, map) => new Resources
    {
        Devices = flag ? [new DeviceRule(flag, "c", number, null, "r")] : [],
        Memory = flag ? new MemoryResources { Limit = number, Swappiness = big, UseHierarchy = !flag, Kernel = ~number } : null,
        Cpu = flag ? null : new CpuResources { Shares = big, Quota = number, Cpus = "0", Idle = ~number, Burst = ~big },
        Pids = new PidsResources(flag ? number : null),
        BlockIo = flag ? new BlockIoResources { Weight = (ushort)big, WeightDevice = [new WeightDevice(number, ~number, (ushort)big, null)], ThrottleReadBpsDevice = [new ThrottleDevice(1, number, big)] } : null,
        HugepageLimits = [new HugepageLimit("2MB", big)],
        Network = flag ? new NetworkResources { ClassId = (uint)big, Priorities = [new InterfacePriority("eth0", (uint)big)] } : null,
        Unified = map,
    });

    private static readonly Gen<Linux> Linux = Gen.Select(Texts, Map, Mappings, Gen.Long, Gen.UInt, Gen.Bool, Resources, static (texts, map, mappings, number, small, flag, resources) => new Linux
    {
        MaskedPaths = texts,
        Sysctl = map,
        UidMappings = mappings,
        Resources = flag ? resources : null,
        TimeOffsets = flag ? new() { ["monotonic"] = new TimeOffset(number, small) } : [],
        Devices = flag ? [new Device { Type = "c", Path = "/dev/x", Major = number, Minor = ~number, FileMode = small, Uid = small }] : [],
        Namespaces = flag ? [new Namespace("pid", null), new Namespace("network", "/x")] : [],
        Seccomp = flag ? new Seccomp { DefaultAction = "a", Flags = texts, FlagsGiven = texts.Count > 0 || flag, DefaultErrnoRet = small, Syscalls = [new SeccompRule { Names = texts, Action = "b", Args = [new SeccompArgument(small, (ulong)number, small, "op")] }] } : null,
        CgroupsPath = flag ? "" : null,
    });

    public static readonly Gen<Configuration> Generator = Gen.Select(Text, Mount.List[0, 3], Process, Hook.List[0, 2], Map, Linux, Gen.Bool, static (text, mounts, process, hooks, map, linux, flag) => new Configuration
    {
        OciVersion = text,
        Hostname = flag ? text : null,
        Root = flag ? new Root { Path = text, Readonly = text.Length > 3 } : null,
        Mounts = mounts,
        Process = flag || text.Length > 2 ? process : null,
        Hooks = flag ? new Hooks { Prestart = hooks, Poststop = hooks } : null,
        Annotations = map,
        Linux = linux,
    });
}

namespace Rideau.Kernel.Abi;

/// <summary>uapi: asm-generic/resource.h, linux/ioprio.h, linux/personality.h · man: getrlimit(2), ioprio_set(2), personality(2).</summary>
public static class Resource
{
    public const int RLIM_NLIMITS = 16;
    public const int RLIMIT_NOFILE = 7;
    public const int IOPRIO_WHO_PROCESS = 1;
    public const int PER_LINUX = 0;
    public const int PER_LINUX32 = 8;

    /// <summary>The number of "RLIMIT_NOFILE", or -1.</summary>
    public static int RlimitNumberOf(string name) => name switch
    {
        "RLIMIT_CPU" => 0,
        "RLIMIT_FSIZE" => 1,
        "RLIMIT_DATA" => 2,
        "RLIMIT_STACK" => 3,
        "RLIMIT_CORE" => 4,
        "RLIMIT_RSS" => 5,
        "RLIMIT_NPROC" => 6,
        "RLIMIT_NOFILE" => 7,
        "RLIMIT_MEMLOCK" => 8,
        "RLIMIT_AS" => 9,
        "RLIMIT_LOCKS" => 10,
        "RLIMIT_SIGPENDING" => 11,
        "RLIMIT_MSGQUEUE" => 12,
        "RLIMIT_NICE" => 13,
        "RLIMIT_RTPRIO" => 14,
        "RLIMIT_RTTIME" => 15,
        _ => -1,
    };

    /// <summary>"RLIMIT_NOFILE" of 7; the number itself where it has no name.</summary>
    public static string RlimitNameOf(int number) => number switch
    {
        0 => "RLIMIT_CPU",
        1 => "RLIMIT_FSIZE",
        2 => "RLIMIT_DATA",
        3 => "RLIMIT_STACK",
        4 => "RLIMIT_CORE",
        5 => "RLIMIT_RSS",
        6 => "RLIMIT_NPROC",
        7 => "RLIMIT_NOFILE",
        8 => "RLIMIT_MEMLOCK",
        9 => "RLIMIT_AS",
        10 => "RLIMIT_LOCKS",
        11 => "RLIMIT_SIGPENDING",
        12 => "RLIMIT_MSGQUEUE",
        13 => "RLIMIT_NICE",
        14 => "RLIMIT_RTPRIO",
        15 => "RLIMIT_RTTIME",
        _ => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

/// <summary>struct rlimit64.</summary>
public struct rlimit64
{
    public ulong rlim_cur;
    public ulong rlim_max;
}

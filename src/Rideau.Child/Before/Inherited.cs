// RUNS IN: entry before the runtime (writes), caller (reads)
namespace Rideau.Child.Before;

/// <summary>What the process got from its caller, as it was before the runtime changed it: a container's process gets this back.</summary>
/// <remarks>Plain static numbers and a pointer without an initialiser: they can be written before the runtime is there.</remarks>
public static unsafe class Inherited
{
    /// <summary>True in the published program: the entry has filled the rest in.</summary>
    public static bool IsKnown => s_known;

    /// <summary>The soft limit of open files; .NET raises it.</summary>
    public static ulong OpenFilesSoft => s_openFilesSoft;

    /// <summary>The hard limit of open files.</summary>
    public static ulong OpenFilesHard => s_openFilesHard;

    internal static byte** s_environment;
    internal static nuint s_stackTop;
    internal static bool s_known;
    internal static ulong s_openFilesSoft;
    internal static ulong s_openFilesHard;
}

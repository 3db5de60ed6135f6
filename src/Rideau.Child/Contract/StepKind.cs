namespace Rideau.Child.Contract;

/// <summary>What a step of a plan does. All but <see cref="Call"/> are a handful of system calls that belong together.</summary>
public enum StepKind : byte
{
    /// <summary>One system call with the step's number and arguments.</summary>
    Call,

    /// <summary>Opens a path inside a root, making what is missing if asked: A0 root, A1 path, A2 <see cref="RootTarget"/>, A3 mode. Result: an O_PATH descriptor.</summary>
    OpenInRoot,

    /// <summary>Waits for one byte of value A1 on descriptor A0; ends the child silently at the end of file, because then nobody waits for it.</summary>
    Receive,

    /// <summary>Writes one byte of value A1 to descriptor A0.</summary>
    Send,

    /// <summary>Sends descriptor A1 over socket A0 with A3 bytes at A2 as the data.</summary>
    SendDescriptor,

    /// <summary>Waits for one byte with a descriptor on socket A0. Result: the descriptor, close-on-exec.</summary>
    ReceiveDescriptor,

    /// <summary>Waits for one byte on the FIFO A0, and from then on reports a failure on the FIFO A1.</summary>
    Gate,

    /// <summary>Runs a program and waits for it: A0 points to a <see cref="HookProgram"/>.</summary>
    RunHook,

    /// <summary>Copies a directory tree: A0 from, A1 to, both directory descriptors; A2 limit of entries.</summary>
    CopyTree,

    /// <summary>Looks for the first of the NUL-terminated paths at A0 (A1 of them, one behind the other) that can be executed. Result: its address.</summary>
    FindExecutable,

    /// <summary>Continues at the step of <see cref="ChildStep.Next"/>.</summary>
    Jump,

    /// <summary>Writes the number A1 as decimal digits with a NUL to A0 + A2.</summary>
    FormatNumber,

    /// <summary>Fails with errno A0, for what is known to be impossible only inside.</summary>
    Fail,

    /// <summary>Clones once more, as a sibling (CLONE_PARENT), with the flags A0; the new process goes on with the plan, the old one ends, where A1 is 1 only when the new one has its program or has ended. The new pid is on the board.</summary>
    CloneOnward,

    /// <summary>Fails with ENOENT unless the working directory is below the root (CVE-2024-21626).</summary>
    CheckWorkingDirectory,

    /// <summary>Fails with EEXIST unless A1 in the directory A0 is a node of the type A2 and, for a device, of the number A3.</summary>
    CheckNode,

    /// <summary>Gives the signals of the set A0 their default action.</summary>
    ResetSignals,

    /// <summary>Executes the sealed program A0 with the arguments A2 and the environment A3; it goes on with the next step. A1: the descriptors that it keeps, with -1 at the end.</summary>
    BecomeImage,

    /// <summary>Closes every descriptor from A0 on but those at A1: A2 numbers, ascending (CVE-2024-21626).</summary>
    CloseOthers,
}

/// <summary>What <see cref="StepKind.OpenInRoot"/> does about a path that is missing.</summary>
public enum RootTarget
{
    /// <summary>ENOENT.</summary>
    MustExist,

    /// <summary>Makes it, and the directories above it, as a directory.</summary>
    Directory,

    /// <summary>Makes the directories above it, and itself as an empty file.</summary>
    File,

    /// <summary>Makes the directories above it, and returns the directory that holds the last component, which is not looked at.</summary>
    ParentDirectory,

    /// <summary>ENOENT; the last component is not followed if it is a symbolic link (the link itself is opened).</summary>
    MustExistNoFollow,

    /// <summary>As <see cref="Directory"/>, but ENOTDIR if the last component is a symbolic link: for proc and sysfs.</summary>
    RealDirectory,

    /// <summary>As <see cref="File"/>, but ELOOP if a link leads to nothing: for what nobody has asked to have where the image leads.</summary>
    PresentFile,
}

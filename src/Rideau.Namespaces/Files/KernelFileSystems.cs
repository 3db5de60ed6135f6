using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>File systems that are no storage: to write a file of theirs is to command the kernel.</summary>
/// <remarks>
/// A target decides what is mounted where a path leads. Where the outsider may do more than the target, as root may,
/// a file copied there could be turned into a setting of the machine; so nothing is written on them, and trees are
/// copied without what is in them.
/// </remarks>
internal static class KernelFileSystems
{
    /// <summary>The name of the kind, or null for one that stores files. uapi: linux/magic.h</summary>
    internal static string? Find(OwnedFd fd) => FileContents.FileSystemType(fd) switch
    {
        0x9fa0 => "proc",
        0x62656572 => "sysfs",
        0x27e0eb => "cgroup",
        0x63677270 => "cgroup2",
        0x64626720 => "debugfs",
        0x74726163 => "tracefs",
        0x73636673 => "securityfs",
        0x62656570 => "configfs",
        0xcafe4a11 => "bpf",
        0x6e736673 => "nsfs",
        0x1cd1 => "devpts",
        0x19800202 => "mqueue",
        0x42494e4d => "binfmt_misc",
        0xde5e81e4 => "efivarfs",
        0x6165676c => "pstore",
        0xf97cff8c => "selinuxfs",
        0x43415d53 => "smackfs",
        0x5a3c69f0 => "apparmorfs",
        0x65735543 => "fusectl",
        0x7655821 => "resctrl",
        0x67596969 => "rpc_pipefs",
        0x6e667364 => "nfsd",
        0x187 => "autofs",
        0x6c6f6f70 => "binderfs",
        0x50495045 => "pipefs",
        0x534f434b => "sockfs",
        _ => null,
    };
}

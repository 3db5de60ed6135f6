// Stand-ins until the real types land: whoever lands one deletes its block here, and the file with the last.
using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Seccomp
{
    public sealed class SeccompFilter
    {
        public ReadOnlyMemory<byte> Program { get; init; }
        public uint Flags { get; init; }
        public bool NeedsListener { get; init; }
    }

    public static class SeccompCompiler
    {
        public static SeccompFilter Compile(Spec.Seccomp profile) => new() { Program = new byte[] { 6, 0, 0, 0, 0, 0, 0xff, 0x7f } };
    }

    public static class SeccompListener
    {
        public static void Send(Spec.Seccomp profile, OwnedFd listener, ContainerRecord record, int pid) { }
    }
}

namespace Rideau.Runtime.Hooks
{
    public static class HookRunner
    {
        public static void Run(string kind, List<Hook> hooks, byte[] state) { }
    }
}

namespace Rideau.Runtime.Terminal
{
    public static class ConsoleSocket
    {
        public static OwnedFd Connect(string path) => throw new NotSupportedException();
    }
}

namespace Rideau.Runtime.State
{
    public static class PidFile
    {
        public static void Write(string path, int pid) { using var f = Files.Open(path, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC, 420); Files.WriteAll(f, System.Text.Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture))); }
    }
}

namespace Rideau.Runtime.Lifecycle
{
    internal static class ListenFds
    {
        internal static int Count => 0;
    }

    internal static class Foreground
    {
        internal static int Wait(ChildProcess child, OwnedFd? master, bool noSubreaper)
        {
            child.TryWait(-1, out int code, out int status);
            return code == 1 ? status : 128 + status;
        }
    }

    internal static class IdMaps
    {
        internal static bool DeniesGroups(List<IdMapping> mappings) => true;
        internal static void Write(int pid, List<IdMapping> uids, List<IdMapping> gids, Log log)
        {
            if (Privilege.IsUnprivileged) { _ = Files.TryWriteText($"/proc/{pid}/setgroups", "deny"); }
            One($"/proc/{pid}/uid_map", uids);
            One($"/proc/{pid}/gid_map", gids);
        }

        private static void One(string path, List<IdMapping> mappings)
        {
            var text = new System.Text.StringBuilder();
            foreach (IdMapping m in mappings) { text.Append(CultureInfo.InvariantCulture, $"{m.ContainerId} {m.HostId} {m.Size}\n"); }
            int errno = Files.TryWriteText(path, text.ToString());
            if (errno != 0) { throw new LinuxException("write", errno, path); }
        }
    }
}

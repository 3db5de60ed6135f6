using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Btf;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Programs of ours in the kernel, and the buffer that they write into. docs/decisions/0013-watching.md</summary>
/// <remarks>Nothing is held: programs, buffer and links go with this process, however it ends. CAP_BPF and CAP_PERFMON</remarks>
internal sealed class KernelSource : IDisposable
{
    private const string Birth = "__ns_tree_add_raw";
    private const string Death = "__ns_tree_remove";

    // A network and a user namespace are taken out of the tree by a thread of the kernel's, some time after the last holder let go.
    private static readonly (string Function, string Structure)[] s_releases = [("__put_net", "net"), ("__put_user_ns", "user_namespace")];

    private readonly RingBuffer _ring;
    private readonly List<OwnedFd> _programs = [];
    private ulong _lostBefore;

    private KernelSource(RingBuffer ring) => _ring = ring;

    /// <summary>Readable where records wait.</summary>
    internal OwnedFd Descriptor => _ring.Map;

    /// <summary>At the two functions that every namespace passes: into the kernel's tree, and out of it. From then on nothing is missed.</summary>
    /// <returns>Null, or why it cannot be had, as a clause.</returns>
    internal static string? TryOpenTree(int bufferBytes, out KernelSource? source) => TryOpen(bufferBytes, static one => one.AttachToTree(), out source);

    /// <summary>At what processes pass: fork, exec, exit, and if asked the end of each system call.</summary>
    /// <returns>Null, or why it cannot be had, as a clause.</returns>
    internal static string? TryOpenTasks(int bufferBytes, bool calls, out KernelSource? source) => TryOpen(bufferBytes, one => one.AttachToTasks(calls), out source);

    /// <summary>Hands over the records that wait.</summary>
    internal int Read(RingBuffer.Handler handler, int most) => _ring.Read(handler, most);

    /// <summary>How many records were lost since this was asked last.</summary>
    internal ulong TakeLost()
    {
        ulong lost = _ring.Lost;
        ulong since = lost - _lostBefore;
        _lostBefore = lost;
        return since;
    }

    public void Dispose()
    {
        _programs.ForEach(static one => one.Dispose());
        _ring.Dispose();
    }

    private static string? TryOpen(int bufferBytes, Func<KernelSource, string?> attach, out KernelSource? source)
    {
        source = null;
        int errno = RingBuffer.TryMake(bufferBytes, out RingBuffer? ring);
        if (ring is null)
        {
            return errno == Errno.EPERM ? "BPF programs need root (CAP_BPF and CAP_PERFMON)" : $"the kernel makes no ring buffer for BPF programs: {Errno.Describe(errno)}";
        }

        var made = new KernelSource(ring);
        string? reason;
        try
        {
            reason = attach(made);
        }
        catch (LinuxException failure)
        {
            reason = failure.Errno == Errno.ENOENT ? "this kernel does not describe its functions (CONFIG_DEBUG_INFO_BTF)" : failure.Message;
        }

        source = reason is null ? made : null;
        if (reason is not null)
        {
            made.Dispose();
        }

        return reason;
    }

    private string? AttachToTree()
    {
        KernelTypes types = KernelTypes.Read([Birth, Death, TreeProgram.Cast, s_releases[0].Function, s_releases[1].Function], RecordProgram.Structures);
        if (types.FunctionId(Birth) == 0 || types.FunctionId(Death) == 0)
        {
            return "this kernel keeps no tree of namespaces (6.18 does)";
        }

        if (RecordProgram.Missing(types) is { } missing || types.FunctionId(TreeProgram.Cast) == 0)
        {
            return $"this kernel cannot be asked: {RecordProgram.Missing(types) ?? "no " + TreeProgram.Cast}";
        }

        // Births last: whose death is seen and whose birth is not was there before.
        string? reason = Attach(TreeProgram.Write(types, _ring, NamespaceRecord.Died, "ns_common"), Bpf.BPF_TRACE_FENTRY, types.FunctionId(Death), Death);
        foreach ((string function, string structure) in s_releases)
        {
            if (reason is null && types.FunctionId(function) != 0 && types.Offset(structure, "ns") >= 0)
            {
                // ignored: without it the last holder is not told
                _ = Attach(TreeProgram.Write(types, _ring, NamespaceRecord.Released, structure), Bpf.BPF_TRACE_FENTRY, types.FunctionId(function), function);
            }
        }

        return reason ?? Attach(TreeProgram.Write(types, _ring, NamespaceRecord.Born, "ns_common"), Bpf.BPF_TRACE_FENTRY, types.FunctionId(Birth), Birth);
    }

    private string? AttachToTasks(bool calls)
    {
        List<string> points = [TaskProgram.Exit, TaskProgram.Exec, TaskProgram.Fork];
        if (calls)
        {
            points.Add(TaskProgram.Call);
        }

        KernelTypes types = KernelTypes.Read(points, RecordProgram.Structures);
        string? reason = RecordProgram.Missing(types) is { } missing ? $"this kernel cannot be asked: {missing}" : null;
        foreach (string point in points)
        {
            int id = types.FunctionId(point);
            reason ??= id == 0 ? $"this kernel has no tracepoint {point["btf_trace_".Length..]}" : Attach(TaskProgram.Write(types, _ring, point), Bpf.BPF_TRACE_RAW_TP, id, point["btf_trace_".Length..]);
        }

        return reason;
    }

    private string? Attach(ulong[] program, uint attachType, int function, string name)
    {
        int errno = TracingPrograms.TryLoad(program, attachType, function, out OwnedFd? loaded, out string explanation);
        if (loaded is null)
        {
            return $"the kernel refuses a program at {name}: {Errno.Describe(errno)}{(explanation.Length > 0 ? ": " + LastLine(explanation) : "")}";
        }

        _programs.Add(loaded);
        errno = TracingPrograms.TryAttach(loaded, out OwnedFd? link);
        if (link is null)
        {
            return $"{name} cannot be attached to: {Errno.Describe(errno)}";
        }

        _programs.Add(link);
        return null;
    }

    // Behind what went well stand "processed N insns" and, before it, what was refused.
    private static string LastLine(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? "" : lines.Length > 1 && lines[^1].StartsWith("processed", StringComparison.Ordinal) ? lines[^2] : lines[^1];
    }
}

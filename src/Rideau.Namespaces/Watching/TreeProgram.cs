using Rideau.Kernel.Btf;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>The program where the kernel takes a namespace into its tree, lets go of it, or takes it out.</summary>
/// <remarks>
/// What leads from struct ns_common to the structure around it is bpf_rdonly_cast (kernel 6.2), which reads
/// safely whatever is there, also where the kernel is locked down.
/// </remarks>
internal static class TreeProgram
{
    /// <summary>The function of the kernel's that it calls.</summary>
    internal const string Cast = "bpf_rdonly_cast";

    /// <summary>The program.</summary>
    /// <param name="types">Of this kernel.</param>
    /// <param name="ring">Where it writes to.</param>
    /// <param name="occasion">What it writes down as the event.</param>
    /// <param name="structure">What the function's first argument points to.</param>
    internal static ulong[] Write(KernelTypes types, RingBuffer ring, uint occasion, string structure)
    {
        var program = new RecordProgram(types, ring);
        ProgramWriter code = program.Code;
        code.Load64(RecordProgram.Namespace, 1, 0);
        code.Advance(RecordProgram.Namespace, structure == "ns_common" ? 0 : types.Offset(structure, "ns"));
        program.Reserve("it", "end");
        code.StoreValue32(RecordProgram.Record, NamespaceRecord.EventAt, (int)occasion);
        program.WriteHead();
        program.WriteIdentity(0);
        WriteOwner(types, program);
        code.Label("submit");
        program.Submit();
        code.Label("end");
        code.Exit();
        return code.Finish();
    }

    private static void WriteOwner(KernelTypes types, RecordProgram program)
    {
        ProgramWriter code = program.Code;
        foreach ((long flag, string structure, string owner) in RecordProgram.Types)
        {
            int common = types.Offset(structure, "ns");
            int member = types.Offset(structure, owner);
            if (common < 0 || member < 0)
            {
                continue; // its owner is not told
            }

            code.Load32(1, RecordProgram.Record, NamespaceRecord.TypeAt);
            code.JumpIfNot(1, (int)flag, $"not {structure}");
            code.Copy(1, RecordProgram.Namespace);
            code.Advance(1, -common);
            code.Set(2, types.StructureId(structure));
            code.CallKernel(types.FunctionId(Cast));
            code.Load64(1, 0, member);
            code.Jump("owner");
            code.Label($"not {structure}");
        }

        code.Jump("submit");
        code.Label("owner");
        program.WriteOwner("submit");
    }
}

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Rideau.UnitTests.Architecture;

/// <summary>The code that runs between clone3 and execve, and before the runtime, keeps to what works there (docs/stages.md).</summary>
public sealed class FenceTests
{
    private static readonly string[] s_fenced = ["Rideau.Child.Inside", "Rideau.Child.Before", "Rideau.Kernel.Raw"];

    // The way through the just-in-time compiler's P/Invoke, compiled out of the published program.
    private static readonly string[] s_underJit = ["InvokeUnderJit", "SyscallUnderJit"];

    private static readonly Dictionary<ushort, OpCode> s_opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (ushort)code.Value);

    private const string TypesAddress = "StaticBases.ArrayType";

    private static readonly string[] s_forbidden =
    [
        "newobj", "newarr", "box", "ldstr", "throw", "rethrow", "callvirt", "castclass", "isinst", "ldftn", "ldvirtftn", "ldtoken", "calli",
        "add.ovf", "add.ovf.un", "sub.ovf", "sub.ovf.un", "mul.ovf", "mul.ovf.un", "conv.ovf.i4", "conv.ovf.i8", "conv.ovf.u4", "conv.ovf.u8",
    ];

    [Fact]
    public void Fenced_code_allocates_nothing_and_calls_only_fenced_code()
    {
        var findings = new List<string>();
        foreach (string assembly in new[] { "Rideau.Child.dll", "Rideau.Kernel.dll" })
        {
            using var stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly));
            using var file = new PEReader(stream);
            MetadataReader metadata = file.GetMetadataReader();
            foreach (TypeDefinition type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition))
            {
                if (s_fenced.Contains(NamespaceOf(metadata, type)) && !IsData(metadata, type))
                {
                    Inspect(file, metadata, type, findings);
                }
            }
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public void The_inspection_sees_what_is_forbidden()
    {
        var findings = new List<string>();
        using var stream = File.OpenRead(typeof(FenceTests).Assembly.Location);
        using var file = new PEReader(stream);
        MetadataReader metadata = file.GetMetadataReader();
        TypeDefinition type = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Single(candidate => metadata.GetString(candidate.Name) == nameof(Breach));
        Inspect(file, metadata, type, findings);
        Assert.Contains(findings, finding => finding.Contains("newarr", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Contains("Console", StringComparison.Ordinal));
    }

    private static string NamespaceOf(MetadataReader metadata, TypeDefinition type)
    {
        while (!type.GetDeclaringType().IsNil)
        {
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return metadata.GetString(type.Namespace);
    }

    // Inherited is plain static numbers that the caller reads later.
    private static bool IsData(MetadataReader metadata, TypeDefinition type) => metadata.GetString(type.Name) == "Inherited";

    private static void Inspect(PEReader file, MetadataReader metadata, TypeDefinition type, List<string> findings)
    {
        foreach (MethodDefinitionHandle handle in type.GetMethods())
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            string name = $"{metadata.GetString(type.Name)}.{metadata.GetString(method.Name)}";
            if (method.RelativeVirtualAddress == 0 || s_underJit.Contains(metadata.GetString(method.Name)))
            {
                continue;
            }

            MethodBodyBlock body = file.GetMethodBody(method.RelativeVirtualAddress);
            if (body.ExceptionRegions.Length > 0)
            {
                findings.Add($"{name}: try");
            }

            Walk(metadata, body.GetILContent(), name, findings);
        }
    }

    private static void Walk(MetadataReader metadata, ImmutableArray<byte> code, string name, List<string> findings)
    {
        byte[] bytes = code.ToArray();
        int at = 0;
        while (at < bytes.Length)
        {
            ushort value = bytes[at++];
            if (value == 0xfe)
            {
                value = (ushort)(0xfe00 | bytes[at++]);
            }

            OpCode opCode = s_opCodes[value];
            // "new" of a span makes a value; the multiplication before localloc is of two constants.
            // A string of the program is an object in its file, whose address is taken, as that of a type's table: nothing is made.
            // The addresses of the C library's functions and variables, and of the compiler's table, are the linker's.
            bool harmless = (name.StartsWith("LibraryStart.", StringComparison.Ordinal) && (opCode == OpCodes.Ldftn || opCode == OpCodes.Calli)) || (opCode == OpCodes.Ldftn && name == "StaticBases.FindRegion")
                || (opCode == OpCodes.Ldstr && name == "StaticBases.StringType") || (name == TypesAddress && (opCode == OpCodes.Ldtoken || opCode == OpCodes.Callvirt)) || (opCode == OpCodes.Newobj && IsSpan(metadata, BitConverter.ToInt32(bytes, at)))
                || (opCode == OpCodes.Mul_Ovf_Un && bytes[at] == 0xfe && bytes[at + 1] == 0x0f);
            if (!harmless && s_forbidden.Contains(opCode.Name))
            {
                findings.Add($"{name}: {opCode.Name}");
            }

            if (opCode.OperandType == OperandType.InlineMethod)
            {
                CheckCall(metadata, BitConverter.ToInt32(bytes, at), name, findings);
            }

            at += opCode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(bytes, at)),
                _ => 4,
            };
        }
    }

    private static bool IsSpan(MetadataReader metadata, int token)
    {
        EntityHandle handle = System.Reflection.Metadata.Ecma335.MetadataTokens.EntityHandle(token);
        string constructor = handle.Kind switch
        {
            HandleKind.MemberReference => Describe(metadata, metadata.GetMemberReference((MemberReferenceHandle)handle)),
            HandleKind.MethodDefinition => Describe(metadata, metadata.GetMethodDefinition((MethodDefinitionHandle)handle)),
            _ => "",
        };
        return constructor is "System.ReadOnlySpan`1..ctor" or "Rideau.Child.Before.CommandWord..ctor" or "Rideau.Child.Before.OwnImage..ctor";
    }

    private static void CheckCall(MetadataReader metadata, int token, string name, List<string> findings)
    {
        EntityHandle handle = System.Reflection.Metadata.Ecma335.MetadataTokens.EntityHandle(token);
        string callee = handle.Kind switch
        {
            HandleKind.MethodDefinition => Describe(metadata, metadata.GetMethodDefinition((MethodDefinitionHandle)handle)),
            HandleKind.MemberReference => Describe(metadata, metadata.GetMemberReference((MemberReferenceHandle)handle)),
            _ => "a generic method",
        };

        // Lengths, pointers and constants of spans, and a feature switch that the compiler knows: nothing is left of them to call.
        string[] harmless =
        [
            "System.ReadOnlySpan`1", "System.Span`1", "System.Runtime.CompilerServices.RuntimeFeature.", "System.Runtime.CompilerServices.RuntimeHelpers.",
            "System.String.GetPinnableReference",
            "Rideau.Child.Inside.", "Rideau.Child.Before.", "Rideau.Child.Contract.", "Rideau.Kernel.Raw.", "Rideau.Kernel.Abi.",
        ];
        if (!harmless.Any(prefix => callee.StartsWith(prefix, StringComparison.Ordinal)) && !(name == TypesAddress && callee is "System.Type.GetTypeFromHandle" or "System.Type.get_TypeHandle" or "System.RuntimeTypeHandle.get_Value"))
        {
            findings.Add($"{name}: calls {callee}");
        }
    }

    private static string Describe(MetadataReader metadata, MethodDefinition method)
    {
        TypeDefinition type = metadata.GetTypeDefinition(method.GetDeclaringType());
        return $"{NamespaceOf(metadata, type)}.{metadata.GetString(type.Name)}.{metadata.GetString(method.Name)}";
    }

    private static string Describe(MetadataReader metadata, MemberReference member)
    {
        string name = metadata.GetString(member.Name);
        switch (member.Parent.Kind)
        {
            case HandleKind.TypeReference:
                TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
                return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}.{name}";
            case HandleKind.TypeSpecification:
                // A generic instance: 0x15, class or value type, then the coded type reference.
                BlobReader blob = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)member.Parent).Signature);
                _ = blob.ReadByte();
                _ = blob.ReadByte();
                EntityHandle generic = blob.ReadTypeHandle();
                TypeReference definition = metadata.GetTypeReference((TypeReferenceHandle)generic);
                return $"{metadata.GetString(definition.Namespace)}.{metadata.GetString(definition.Name)}.{name}";
            default:
                return $"an unknown place.{name}";
        }
    }

    private static class Breach
    {
        internal static int Here(int count)
        {
            Console.Write("");
            return new int[count].Length;
        }
    }
}

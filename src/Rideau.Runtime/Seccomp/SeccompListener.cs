using System;
using System.Buffers;
using System.Text.Json;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Seccomp;

/// <summary>Hands the descriptor of a notifying filter to the agent that answers it.</summary>
/// <remarks>spec: config-linux.md#containerprocessstate</remarks>
internal static class SeccompListener
{
    internal static void Send(Spec.Seccomp profile, OwnedFd listener, ContainerRecord record, int pid)
    {
        string path = profile.ListenerPath ?? throw SeccompErrors.NoListenerPath();
        try
        {
            using OwnedFd agent = Sockets.ConnectUnix(path);
            Sockets.SendWithDescriptor(agent, ProcessState(profile, record, pid), listener);
        }
        catch (LinuxException failure)
        {
            throw new ContainerException($"cannot hand the seccomp listener to \"{path}\"", FailureCode.General, "the agent named by linux.seccomp.listenerPath must listen there", failure);
        }
    }

    private static ReadOnlySpan<byte> ProcessState(Spec.Seccomp profile, ContainerRecord record, int pid)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion"u8, record.OciVersion);
            json.WriteStartArray("fds"u8);
            json.WriteStringValue("seccompFd"u8);
            json.WriteEndArray();
            json.WriteNumber("pid"u8, pid);
            json.WriteString("metadata"u8, profile.ListenerMetadata ?? "");
            json.WritePropertyName("state"u8);
            json.WriteRawValue(StateJson.WriteForHooks(record, record.Complete ? ContainerStatus.Running : ContainerStatus.Creating));
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }
}

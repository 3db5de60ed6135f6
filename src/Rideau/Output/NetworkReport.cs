using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rideau.Kernel.Netlink;
using Rideau.Namespaces.Network;
using Rideau.Runtime.Entering;

namespace Rideau.Output;

/// <summary>Network devices as a table and as JSON.</summary>
internal static class NetworkReport
{
    internal static string Table(IReadOnlyList<NetworkDevice> devices, NetworkNames names)
    {
        TextTable table = new("DEVICE", "KIND", "STATE", "MTU", "MASTER", "LEADS TO", "ADDRESSES");
        foreach (NetworkDevice device in devices)
        {
            table.Add(
                device.Link.Name,
                device.Kind,
                device.State,
                device.Link.Mtu.ToString(CultureInfo.InvariantCulture),
                device.Master ?? "-",
                LeadsTo(device, names),
                string.Join(' ', device.Addresses));
        }

        return table.ToText();
    }

    internal static byte[] Json(IReadOnlyList<NetworkDevice> devices, NetworkNames names)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (NetworkDevice device in devices)
            {
                Write(json, device, names);
            }

            json.WriteEndArray();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter json, NetworkDevice device, NetworkNames names)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, device.Link.Name);
        json.WriteNumber("index"u8, device.Link.Index);
        json.WriteString("kind"u8, device.Kind);
        json.WriteString("state"u8, device.State);
        json.WriteNumber("mtu"u8, device.Link.Mtu);
        json.WriteString("hardwareAddress"u8, string.Join(':', device.Link.HardwareAddress.Select(one => one.ToString("x2", CultureInfo.InvariantCulture))));
        if (device.Master is { } master)
        {
            json.WriteString("master"u8, master);
        }

        if (device.Peer is not null || device.Link.LinkNamespace >= 0)
        {
            json.WriteStartObject("peer"u8);
            json.WriteString("device"u8, device.Peer);
            json.WriteNumber("index"u8, device.Link.Link);
            if (device.PeerNetwork is { } network)
            {
                json.WriteString("network"u8, network.ToString());
                json.WriteString("target"u8, names.TargetOf(network));
            }

            json.WriteEndObject();
        }

        json.WriteStartArray("addresses"u8);
        foreach (NetworkAddress address in device.Addresses)
        {
            json.WriteStringValue(address.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string LeadsTo(NetworkDevice device, NetworkNames names)
    {
        string peer = device.Peer ?? "?";
        return device.IsPeerHidden ? "a network out of sight"
            : device.PeerNetwork is { } network ? $"{peer} in {names.TargetOf(network) ?? network.ToString()}"
            : device.Peer ?? "-";
    }
}

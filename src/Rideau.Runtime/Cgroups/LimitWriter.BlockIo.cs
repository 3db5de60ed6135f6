using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>blkio and io.</summary>
internal sealed partial class LimitWriter
{
    private void WriteBlockIo(BlockIoResources? io)
    {
        if (io is null || ((io.Weight ?? 0) == 0 && (io.LeafWeight ?? 0) == 0 && io.WeightDevice.Count == 0 && io.ThrottleReadBpsDevice.Count == 0
            && io.ThrottleWriteBpsDevice.Count == 0 && io.ThrottleReadIopsDevice.Count == 0 && io.ThrottleWriteIopsDevice.Count == 0))
        {
            return;
        }

        CgroupDirectory directory = Version1("blkio") ?? Find("io");
        if (directory.IsUnified)
        {
            WriteIo(directory, io);
            return;
        }

        if (io.Weight is { } weight and not 0)
        {
            WriteEither(directory, "blkio.weight", "blkio.bfq.weight", Text((ulong)weight));
        }

        if (io.LeafWeight is { } leaf and not 0)
        {
            Write("blkio", directory, "blkio.leaf_weight", Text((ulong)leaf));
        }

        foreach (WeightDevice device in io.WeightDevice)
        {
            if (device.Weight is { } one and not 0)
            {
                WriteEither(directory, "blkio.weight_device", "blkio.bfq.weight_device", $"{device.Major}:{device.Minor} {one}");
            }

            if (device.LeafWeight is { } other and not 0)
            {
                Write("blkio", directory, "blkio.leaf_weight_device", $"{device.Major}:{device.Minor} {other}");
            }
        }

        Throttle(directory, "blkio.throttle.read_bps_device", "", io.ThrottleReadBpsDevice);
        Throttle(directory, "blkio.throttle.write_bps_device", "", io.ThrottleWriteBpsDevice);
        Throttle(directory, "blkio.throttle.read_iops_device", "", io.ThrottleReadIopsDevice);
        Throttle(directory, "blkio.throttle.write_iops_device", "", io.ThrottleWriteIopsDevice);
    }

    private void WriteIo(CgroupDirectory directory, BlockIoResources io)
    {
        if (io.LeafWeight is not (null or 0))
        {
            log.Warning("cgroup v2 has no leaf weight (linux.resources.blockIO.leafWeight), ignoring");
        }

        // The BFQ scheduler has a weight of its own, in the numbers of v1.
        if (io.Weight is { } weight and not 0)
        {
            int errno = directory.TryWrite("io.bfq.weight", Text((ulong)weight));
            if (errno == Errno.ENOENT)
            {
                Write("io", directory, "io.weight", Text((long)Version2Values.IoWeight(weight)));
            }
            else if (errno != 0)
            {
                throw ResourceFailure.Of("io", directory.FileOf("io.bfq.weight"), Text((ulong)weight), errno);
            }
        }

        foreach (WeightDevice device in io.WeightDevice)
        {
            if (device.Weight is { } one and not 0)
            {
                int errno = directory.TryWrite("io.bfq.weight", $"{device.Major}:{device.Minor} {one}");
                if (errno == Errno.ENOENT)
                {
                    Write("io", directory, "io.weight", $"{device.Major}:{device.Minor} {Version2Values.IoWeight(one)}");
                }
                else if (errno != 0)
                {
                    throw ResourceFailure.Of("io", directory.FileOf("io.bfq.weight"), $"{device.Major}:{device.Minor} {one}", errno);
                }
            }
        }

        Throttle(directory, "io.max", "rbps=", io.ThrottleReadBpsDevice);
        Throttle(directory, "io.max", "wbps=", io.ThrottleWriteBpsDevice);
        Throttle(directory, "io.max", "riops=", io.ThrottleReadIopsDevice);
        Throttle(directory, "io.max", "wiops=", io.ThrottleWriteIopsDevice);
    }

    // Zero takes a limit away: v1 says so with 0, v2 with "max".
    private void Throttle(CgroupDirectory directory, string file, string name, List<ThrottleDevice> devices)
    {
        foreach (ThrottleDevice device in devices)
        {
            string rate = device.Rate == 0 && directory.IsUnified ? "max" : Text(device.Rate);
            Write(directory.IsUnified ? "io" : "blkio", directory, file, $"{device.Major}:{device.Minor} {name}{rate}");
        }
    }

    private void WriteEither(CgroupDirectory directory, string first, string second, string value)
    {
        int errno = directory.TryWrite(first, value);
        if (errno == Errno.ENOENT)
        {
            Write("blkio", directory, second, value);
        }
        else if (errno != 0)
        {
            throw ResourceFailure.Of("blkio", directory.FileOf(first), value, errno);
        }
    }
}

using System.Globalization;
using System.IO;
using System.Linq;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>An ordinary user of the machine with ranges in /etc/subuid and /etc/subgid.</summary>
public sealed record SubordinateUser(uint Uid, uint Gid, uint FirstUid, uint FirstGid)
{
    /// <summary>An id that no line of /etc/passwd or /etc/subuid has.</summary>
    public const uint Stranger = 48_484;

    /// <summary>The first that there is; the test is skipped where there is none.</summary>
    public static SubordinateUser Find()
    {
        if (File.Exists("/usr/bin/newuidmap") && File.Exists("/etc/subuid") && File.Exists("/etc/subgid"))
        {
            foreach (string[] user in File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3 && fields[2] != "0"))
            {
                if (First("/etc/subuid", user[0]) is { } uid && First("/etc/subgid", user[0]) is { } gid)
                {
                    return new SubordinateUser(Number(user[2]), Number(user[3]), uid, gid);
                }
            }
        }

        Assert.Skip("needs newuidmap and a user with ranges in /etc/subuid and /etc/subgid");
        return null!;
    }

    private static uint? First(string file, string name) =>
        File.ReadLines(file).Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length == 3 && fields[0] == name && Number(fields[2]) >= 10000) is { } range ? Number(range[1]) : null;

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}

using System.Collections.Generic;

namespace Rideau.Runtime.Cgroups;

/// <summary>From linux.cgroupsPath to a path in a hierarchy.</summary>
/// <remarks>
/// Absolute: from the mount's root. Relative: below the runtime's own group. None: the id, below the own
/// group. With v2 alone "below the own group" is beside it: a group with processes in it (the runtime's, its
/// caller's) can give its children no controllers.
/// </remarks>
public static class CgroupPathResolver
{
    /// <summary>The container's path below the mount point: "/a/b", never "/".</summary>
    /// <exception cref="ContainerException">InvalidArgument: the path is the hierarchy's root, or longer than the kernel takes.</exception>
    public static string Resolve(string? cgroupsPath, string id, CgroupHierarchy hierarchy, bool beside)
    {
        string given = string.IsNullOrEmpty(cgroupsPath) ? id : cgroupsPath;
        bool absolute = given.StartsWith('/');
        // What is relative is cleaned by itself first: ".." does not lead out of the own group.
        string cleaned = Clean(given);
        if (cleaned == "/" || given.Contains('\0') || given.Length > 4000)
        {
            throw new ContainerException(
                $"cannot use the cgroup \"{given}\": {(cleaned == "/" ? "it is the root of the hierarchy" : "it is not a path")}",
                FailureCode.InvalidArgument,
                "give linux.cgroupsPath a group of the container's own, or leave it out");
        }

        string own = absolute ? "/" : beside ? Parent(hierarchy.OwnPath) : hierarchy.OwnPath;
        return own == "/" ? cleaned : own + cleaned;
    }

    /// <summary>The path with "." and ".." and doubled slashes worked out, as if it began at a root that has no parent.</summary>
    public static string Clean(string path)
    {
        var names = new List<string>();
        foreach (string name in path.Split('/'))
        {
            if (name is "..")
            {
                if (names.Count > 0)
                {
                    names.RemoveAt(names.Count - 1);
                }
            }
            else if (name is not ("" or "."))
            {
                names.Add(name);
            }
        }

        return "/" + string.Join('/', names);
    }

    /// <summary>"/a" of "/a/b"; "/" of "/a" and of "/".</summary>
    public static string Parent(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }
}

using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>What cannot be had together, said before anything is made.</summary>
internal static class CreateRules
{
    internal static void Check(string attempt, CreateOptions options)
    {
        bool Has(long flag) => (options.Types & flag) != 0;
        void Refuse(bool wrong, string why, string hint)
        {
            if (wrong)
            {
                throw new NamespaceException($"{attempt}: {why}", NamespaceFailure.InvalidArgument, hint);
            }
        }

        Refuse(options.Types == 0 && options.Existing is null, "no type of namespace was asked for", "give one or more of --net --ipc --uts --user --mount --pid --cgroup --time");
        Refuse(options.Existing is not null && (options.Owner ?? options.Hostname) is not null, "what exists already is named as it is", "leave --user-of and --hostname out");
        Refuse(options.Owner is not null && Has(Sched.CLONE_NEWUSER), "--user-of names the owner, and --user makes a new one", "give one of them");
        Refuse(options.Uids is not null != options.Gids is not null && Has(Sched.CLONE_NEWUSER), "a map of users needs one of groups, and the other way round", "give both --map-users and --map-groups");
        Refuse(options.Uids is not null && !Has(Sched.CLONE_NEWUSER), "ids are mapped into a new user namespace only", "add --user");
        Refuse(options.Hostname is not null && !Has(Sched.CLONE_NEWUTS), "a host name needs a new uts namespace", "add --uts");
        Refuse((options.MonotonicSeconds ?? options.BoottimeSeconds) is not null && !Has(Sched.CLONE_NEWTIME), "clocks can be moved in a new time namespace only", "add --time");
        Refuse(options.IpNetns && !Has(Sched.CLONE_NEWNET) && options.Existing is null, "\"ip netns\" knows network namespaces only", "add --net");
    }
}

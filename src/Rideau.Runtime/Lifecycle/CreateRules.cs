using Rideau.Runtime.Resctrl;

namespace Rideau.Runtime.Lifecycle;

/// <summary>What a configuration may ask for and this version does not do: said before anything is made.</summary>
internal static class CreateRules
{
    internal static void Check(Spec.Configuration configuration, RuntimeContext context, CreateOptions options, bool foreground, bool? rootless = null)
    {
        var caller = new Spec.ValidationOptions { SystemdCgroup = context.SystemdCgroup, Rootless = rootless ?? Privilege.EffectiveUid != 0 };
        Spec.ConfigurationValidator.Validate(configuration, caller, context.Log);
        string attempt = $"cannot create container \"{options.Id}\"";
        if (configuration.Linux?.IntelRdt is not null)
        {
            ResctrlMount.Require(attempt);
        }

        CheckTerminal(configuration.Process?.Terminal ?? false, options, foreground, attempt);
    }

    private static void CheckTerminal(bool terminal, CreateOptions options, bool foreground, string attempt)
    {
        if (options.ConsoleSocket is not null && !terminal)
        {
            throw new ContainerException($"{attempt}: --console-socket is given, and process.terminal is false", FailureCode.InvalidArgument, "set process.terminal in config.json, or leave --console-socket out");
        }

        if (options.ConsoleSocket is null && terminal && !foreground)
        {
            throw new ContainerException($"{attempt}: process.terminal is true, and nobody takes the terminal", FailureCode.InvalidArgument, "give --console-socket, or use \"rideau run\" in the foreground");
        }
    }
}

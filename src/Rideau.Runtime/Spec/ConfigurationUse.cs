namespace Rideau.Runtime.Spec;

/// <summary>What a container's config.json is read for. What a use does not need is passed over: it was looked at when the container was made.</summary>
internal enum ConfigurationUse
{
    /// <summary>Everything.</summary>
    Whole,

    /// <summary>A process that comes to the container's (exec): the process, the annotations, and of "linux" what such a process is given.</summary>
    Exec,

    /// <summary>The same, for a process that has what the container's init has now: of the process the labels alone, which the kernel does not tell.</summary>
    Entering,
}

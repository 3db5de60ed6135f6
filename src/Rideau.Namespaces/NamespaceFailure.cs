namespace Rideau.Namespaces;

/// <summary>What kind of failure it is.</summary>
public enum NamespaceFailure
{
    /// <summary>Anything that has no kind of its own.</summary>
    General,
    /// <summary>The request is wrong.</summary>
    InvalidArgument,
    /// <summary>Nothing has that name.</summary>
    NotFound,
    /// <summary>The name is taken.</summary>
    AlreadyExists,
    /// <summary>The name is there, and what it stood for is gone, or is another one now.</summary>
    Stale,
    /// <summary>The caller may not do it.</summary>
    NotPermitted,
    /// <summary>This kernel, or this machine's set-up, cannot do it.</summary>
    NotSupported,
    /// <summary>The command was found and cannot be executed.</summary>
    CannotExecute,
    /// <summary>The command was not found.</summary>
    CommandNotFound,
}

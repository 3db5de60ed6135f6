using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>A name that is to be made, renamed or taken away because somebody made, renamed or removed a directory or a link.</summary>
/// <param name="Unique">Of the request that waits for it.</param>
/// <param name="Attempt">"mkdir by-name/lab", for the file "error".</param>
/// <param name="Words">What <see cref="NameWorker"/> is told.</param>
/// <param name="Directory">Where the new entry is looked up when it is done.</param>
/// <param name="Name">The new entry; empty where the request wants none.</param>
/// <param name="IsLink">The request wants a symbolic link.</param>
internal sealed record NameChange(ulong Unique, string Attempt, IReadOnlyList<string> Words, Node Directory, string Name, bool IsLink);

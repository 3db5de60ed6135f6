namespace Rideau.Namespaces;

/// <summary>What a node of the tree is. The high digit says in which branch.</summary>
internal enum NodeKind : byte
{
    Root = 0x00,
    Readme = 0x01,
    LastError = 0x02,
    Events = 0x03,

    Types = 0x10,
    Type = 0x11,
    Namespace = 0x12,
    NamespaceText = 0x13,
    NamespaceLink = 0x14,
    NamedOfType = 0x15,

    Names = 0x20,
    Name = 0x21,
    NameText = 0x22,
    NameHandle = 0x23,
    NameAbout = 0x24,
    NameAboutLink = 0x25,

    Owners = 0x30,
    Owner = 0x31,
    OwnedLink = 0x32,
    OwnerAbout = 0x33,

    Processes = 0x40,
    Process = 0x41,
    ProcessHandle = 0x42,
    ProcessAbout = 0x43,
    ProcessAboutLink = 0x44,
    ProcessText = 0x45,
}

using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rideau.UnitTests.Spec;

/// <summary>Two JSON documents as values: order of names and white space do not count.</summary>
internal static class JsonComparison
{
    public static JsonNode Parse(byte[] json) => JsonNode.Parse(json)!;

    /// <summary>Without nulls, false, empty lists and objects, and a zero valueTwo: to the specification all of them are "not given".</summary>
    public static JsonNode? WithoutEmpty(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            JsonObject result = [];
            foreach ((string name, JsonNode? value) in map)
            {
                if (WithoutEmpty(value) is { } kept && (name != "valueTwo" || kept.ToJsonString() != "0"))
                {
                    result[name] = kept;
                }
            }

            return result.Count == 0 ? null : result;
        }

        if (node is JsonArray list)
        {
            return list.Count == 0 ? null : new JsonArray([.. list.Select(static element => WithoutEmpty(element))]);
        }

        return node?.GetValueKind() is JsonValueKind.Null or JsonValueKind.False ? null : node?.DeepClone();
    }
}

namespace Rideau.CommandLine;

/// <summary>What a shell sources to complete command lines. Each asks the program itself ("rideau complete"), so none has a list that could grow old.</summary>
internal static class CompletionScripts
{
    internal static string[] Shells => ["bash", "zsh", "fish"];

    /// <summary>The script, or null for another shell.</summary>
    internal static string? Of(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => null,
    };

    private const string Bash = """
        # Completion of rideau for bash; printed by "rideau completion bash".
        _rideau() {
          local -a words=() answer=()
          local glue='' word current i
          # bash splits words at = and :, the program wants them as they were typed.
          for ((i = 1; i <= COMP_CWORD; i++)); do
            word=${COMP_WORDS[i]}
            if [[ $word == [=:] ]] && ((${#words[@]})); then
              words[-1]+=$word
              glue=1
            elif [[ $glue ]]; then
              words[-1]+=$word
              glue=''
            else
              words+=("$word")
            fi
          done
          current=${words[-1]-}
          local value=$current prefix=''
          if [[ $current == -*=* ]]; then
            value=${current#*=}
            [[ $COMP_WORDBREAKS == *=* ]] || prefix=${current%%=*}=
          fi
          mapfile -t answer < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
          COMPREPLY=()
          case ${answer[0]-} in
            files)
              compopt -o filenames 2>/dev/null
              mapfile -t COMPREPLY < <(compgen -P "$prefix" -f -- "$value")
              ;;
            directories)
              compopt -o filenames 2>/dev/null
              mapfile -t COMPREPLY < <(compgen -P "$prefix" -d -- "$value")
              ;;
            words)
              for word in "${answer[@]:1}"; do
                COMPREPLY+=("$prefix${word%%$'\t'*}")
              done
              ;;
          esac
        }
        complete -F _rideau rideau

        """;

    private const string Zsh = """
        #compdef rideau
        # Completion of rideau for zsh; printed by "rideau completion zsh".
        _rideau() {
          local -a answer candidates
          local line name
          answer=("${(@f)$("${(Q)words[1]}" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
          if [[ $PREFIX == -*=* ]]; then
            compset -P '*='
          fi
          case $answer[1] in
            files) _files ;;
            directories) _files -/ ;;
            words)
              for line in "${(@)answer[2,-1]}"; do
                name=${line%%$'\t'*}
                candidates+=("${name//:/\\:}:${line#*$'\t'}")
              done
              _describe -t rideau rideau candidates
              ;;
          esac
        }
        if [[ $funcstack[1] == _rideau ]]; then
          _rideau "$@"
        else
          compdef _rideau rideau
        fi

        """;

    private const string Fish = """
        # Completion of rideau for fish; printed by "rideau completion fish".
        function __rideau_complete
            set -l words (commandline -opc)
            set -l program $words[1]
            set -e words[1]
            set -l current (commandline -ct)
            set -l answer (command $program complete -- $words "$current" 2>/dev/null)
            set -l prefix (string match -r -- '^-[^=]*=' "$current")
            set -l value (string replace -r -- '^-[^=]*=' '' "$current")
            switch "$answer[1]"
                case files
                    for path in (__fish_complete_path "$value")
                        printf '%s%s\n' "$prefix" $path
                    end
                case directories
                    for path in (__fish_complete_directories "$value")
                        printf '%s%s\n' "$prefix" $path
                    end
                case words
                    for candidate in $answer[2..-1]
                        printf '%s%s\n' "$prefix" $candidate
                    end
            end
        end
        complete -c rideau -f -a '(__rideau_complete)'

        """;
}

using System;

namespace Rideau.Runtime.Seccomp;

/// <summary>The numbers of every system call by architecture: a row for a name, a column for an architecture.</summary>
/// <remarks>Facts of the kernel (its unistd headers to 6.1, then by hand to 7.0), written down once. A new system call is one line
/// here and one in <see cref="RowOf"/>, at the same place of the alphabet: a test holds the two together.</remarks>
internal static partial class SystemCallTable
{
    /// <summary>A call that the architecture does not have.</summary>
    internal const int None = -1;

    private const int X32 = 0x40000000;
    private const int ColumnCount = 5;

    internal const int RowCount = 485;

    /// <summary>The number that the row's call has in the column's architecture; x32 with its bit; <see cref="None"/> where it has none.</summary>
    internal static int NumberOf(int row, SystemCallColumn column) => Numbers[(row * ColumnCount) + (int)column];

    /// <summary>True for a call of architectures that the table does not hold (mips, ppc, riscv, s390), and for what profiles of the field name
    /// though no kernel has it (timerfd).</summary>
    internal static bool IsOfOtherArchitectures(string name) => name switch
    {
        "cachectl" or "multiplexer" or "riscv_flush_icache" or "riscv_hwprobe" or "rtas" or "s390_guarded_storage" or "s390_pci_mmio_read"
            or "s390_pci_mmio_write" or "s390_runtime_instr" or "s390_sthyi" or "spu_create" or "spu_run" or "subpage_prot" or "swapcontext"
            or "switch_endian" or "sync_file_range2" or "sys_debug_setcontext" or "syscall" or "sysmips" or "timerfd" => true,
        _ => false,
    };

    private static ReadOnlySpan<int> Numbers =>
    [
        // x86_64, x86, x32, aarch64, arm
        None, 140, None, None, 140, // _llseek
        None, 142, None, None, 142, // _newselect
        156, 149, None, None, 149, // _sysctl
        43, None, X32 + 43, 202, 285, // accept
        288, 364, X32 + 288, 242, 366, // accept4
        21, 33, X32 + 21, None, 33, // access
        163, 51, X32 + 163, 89, 51, // acct
        248, 286, X32 + 248, 217, 309, // add_key
        159, 124, X32 + 159, 171, 124, // adjtimex
        183, 137, X32 + 183, None, None, // afs_syscall
        37, 27, X32 + 37, None, None, // alarm
        158, 384, X32 + 158, None, None, // arch_prctl
        None, None, None, None, 270, // arm_fadvise64_64
        None, None, None, None, 341, // arm_sync_file_range
        None, 134, None, None, 134, // bdflush
        49, 361, X32 + 49, 200, 282, // bind
        321, 357, X32 + 321, 280, 386, // bpf
        None, 17, None, None, None, // break
        None, None, None, None, 983041, // breakpoint
        12, 45, X32 + 12, 214, 45, // brk
        None, None, None, None, 983042, // cacheflush
        451, 451, X32 + 451, 451, 451, // cachestat
        125, 184, X32 + 125, 90, 184, // capget
        126, 185, X32 + 126, 91, 185, // capset
        80, 12, X32 + 80, 49, 12, // chdir
        90, 15, X32 + 90, None, 15, // chmod
        92, 182, X32 + 92, None, 182, // chown
        None, 212, None, None, 212, // chown32
        161, 61, X32 + 161, 51, 61, // chroot
        305, 343, X32 + 305, 266, 372, // clock_adjtime
        None, 405, None, None, 405, // clock_adjtime64
        229, 266, X32 + 229, 114, 264, // clock_getres
        None, 406, None, None, 406, // clock_getres_time64
        228, 265, X32 + 228, 113, 263, // clock_gettime
        None, 403, None, None, 403, // clock_gettime64
        230, 267, X32 + 230, 115, 265, // clock_nanosleep
        None, 407, None, None, 407, // clock_nanosleep_time64
        227, 264, X32 + 227, 112, 262, // clock_settime
        None, 404, None, None, 404, // clock_settime64
        56, 120, X32 + 56, 220, 120, // clone
        435, 435, X32 + 435, 435, 435, // clone3
        3, 6, X32 + 3, 57, 6, // close
        436, 436, X32 + 436, 436, 436, // close_range
        42, 362, X32 + 42, 203, 283, // connect
        326, 377, X32 + 326, 285, 391, // copy_file_range
        85, 8, X32 + 85, None, 8, // creat
        174, 127, None, None, None, // create_module
        176, 129, X32 + 176, 106, 129, // delete_module
        32, 41, X32 + 32, 23, 41, // dup
        33, 63, X32 + 33, None, 63, // dup2
        292, 330, X32 + 292, 24, 358, // dup3
        213, 254, X32 + 213, None, 250, // epoll_create
        291, 329, X32 + 291, 20, 357, // epoll_create1
        233, 255, X32 + 233, 21, 251, // epoll_ctl
        214, None, None, None, None, // epoll_ctl_old
        281, 319, X32 + 281, 22, 346, // epoll_pwait
        441, 441, X32 + 441, 441, 441, // epoll_pwait2
        232, 256, X32 + 232, None, 252, // epoll_wait
        215, None, None, None, None, // epoll_wait_old
        284, 323, X32 + 284, None, 351, // eventfd
        290, 328, X32 + 290, 19, 356, // eventfd2
        59, 11, X32 + 520, 221, 11, // execve
        322, 358, X32 + 545, 281, 387, // execveat
        60, 1, X32 + 60, 93, 1, // exit
        231, 252, X32 + 231, 94, 248, // exit_group
        269, 307, X32 + 269, 48, 334, // faccessat
        439, 439, X32 + 439, 439, 439, // faccessat2
        221, 250, X32 + 221, 223, None, // fadvise64
        None, 272, None, None, None, // fadvise64_64
        285, 324, X32 + 285, 47, 352, // fallocate
        300, 338, X32 + 300, 262, 367, // fanotify_init
        301, 339, X32 + 301, 263, 368, // fanotify_mark
        81, 133, X32 + 81, 50, 133, // fchdir
        91, 94, X32 + 91, 52, 94, // fchmod
        268, 306, X32 + 268, 53, 333, // fchmodat
        452, 452, X32 + 452, 452, 452, // fchmodat2
        93, 95, X32 + 93, 55, 95, // fchown
        None, 207, None, None, 207, // fchown32
        260, 298, X32 + 260, 54, 325, // fchownat
        72, 55, X32 + 72, 25, 55, // fcntl
        None, 221, None, None, 221, // fcntl64
        75, 148, X32 + 75, 83, 148, // fdatasync
        193, 231, X32 + 193, 10, 231, // fgetxattr
        468, 468, X32 + 468, 468, 468, // file_getattr
        469, 469, X32 + 469, 469, 469, // file_setattr
        313, 350, X32 + 313, 273, 379, // finit_module
        196, 234, X32 + 196, 13, 234, // flistxattr
        73, 143, X32 + 73, 32, 143, // flock
        57, 2, X32 + 57, None, 2, // fork
        199, 237, X32 + 199, 16, 237, // fremovexattr
        431, 431, X32 + 431, 431, 431, // fsconfig
        190, 228, X32 + 190, 7, 228, // fsetxattr
        432, 432, X32 + 432, 432, 432, // fsmount
        430, 430, X32 + 430, 430, 430, // fsopen
        433, 433, X32 + 433, 433, 433, // fspick
        5, 108, X32 + 5, 80, 108, // fstat
        None, 197, None, None, 197, // fstat64
        None, 300, None, None, 327, // fstatat64
        138, 100, X32 + 138, 44, 100, // fstatfs
        None, 269, None, None, 267, // fstatfs64
        74, 118, X32 + 74, 82, 118, // fsync
        None, 35, None, None, None, // ftime
        77, 93, X32 + 77, 46, 93, // ftruncate
        None, 194, None, None, 194, // ftruncate64
        202, 240, X32 + 202, 98, 240, // futex
        456, 456, X32 + 456, 456, 456, // futex_requeue
        None, 422, None, None, 422, // futex_time64
        455, 455, X32 + 455, 455, 455, // futex_wait
        449, 449, X32 + 449, 449, 449, // futex_waitv
        454, 454, X32 + 454, 454, 454, // futex_wake
        261, 299, X32 + 261, None, 326, // futimesat
        177, 130, None, None, None, // get_kernel_syms
        239, 275, X32 + 239, 236, 320, // get_mempolicy
        274, 312, X32 + 531, 100, 339, // get_robust_list
        211, 244, None, None, None, // get_thread_area
        None, None, None, None, 983046, // get_tls
        309, 318, X32 + 309, 168, 345, // getcpu
        79, 183, X32 + 79, 17, 183, // getcwd
        78, 141, X32 + 78, None, 141, // getdents
        217, 220, X32 + 217, 61, 217, // getdents64
        108, 50, X32 + 108, 177, 50, // getegid
        None, 202, None, None, 202, // getegid32
        107, 49, X32 + 107, 175, 49, // geteuid
        None, 201, None, None, 201, // geteuid32
        104, 47, X32 + 104, 176, 47, // getgid
        None, 200, None, None, 200, // getgid32
        115, 80, X32 + 115, 158, 80, // getgroups
        None, 205, None, None, 205, // getgroups32
        36, 105, X32 + 36, 102, 105, // getitimer
        52, 368, X32 + 52, 205, 287, // getpeername
        121, 132, X32 + 121, 155, 132, // getpgid
        111, 65, X32 + 111, None, 65, // getpgrp
        39, 20, X32 + 39, 172, 20, // getpid
        181, 188, X32 + 181, None, None, // getpmsg
        110, 64, X32 + 110, 173, 64, // getppid
        140, 96, X32 + 140, 141, 96, // getpriority
        318, 355, X32 + 318, 278, 384, // getrandom
        120, 171, X32 + 120, 150, 171, // getresgid
        None, 211, None, None, 211, // getresgid32
        118, 165, X32 + 118, 148, 165, // getresuid
        None, 209, None, None, 209, // getresuid32
        97, 76, X32 + 97, 163, None, // getrlimit
        98, 77, X32 + 98, 165, 77, // getrusage
        124, 147, X32 + 124, 156, 147, // getsid
        51, 367, X32 + 51, 204, 286, // getsockname
        55, 365, X32 + 542, 209, 295, // getsockopt
        186, 224, X32 + 186, 178, 224, // gettid
        96, 78, X32 + 96, 169, 78, // gettimeofday
        102, 24, X32 + 102, 174, 24, // getuid
        None, 199, None, None, 199, // getuid32
        191, 229, X32 + 191, 8, 229, // getxattr
        464, 464, X32 + 464, 464, 464, // getxattrat
        None, 32, None, None, None, // gtty
        None, 112, None, None, None, // idle
        175, 128, X32 + 175, 105, 128, // init_module
        254, 292, X32 + 254, 27, 317, // inotify_add_watch
        253, 291, X32 + 253, None, 316, // inotify_init
        294, 332, X32 + 294, 26, 360, // inotify_init1
        255, 293, X32 + 255, 28, 318, // inotify_rm_watch
        210, 249, X32 + 210, 3, 247, // io_cancel
        207, 246, X32 + 207, 1, 244, // io_destroy
        208, 247, X32 + 208, 4, 245, // io_getevents
        333, 385, X32 + 333, 292, 399, // io_pgetevents
        None, 416, None, None, 416, // io_pgetevents_time64
        206, 245, X32 + 543, 0, 243, // io_setup
        209, 248, X32 + 544, 2, 246, // io_submit
        426, 426, X32 + 426, 426, 426, // io_uring_enter
        427, 427, X32 + 427, 427, 427, // io_uring_register
        425, 425, X32 + 425, 425, 425, // io_uring_setup
        16, 54, X32 + 514, 29, 54, // ioctl
        173, 101, X32 + 173, None, None, // ioperm
        172, 110, X32 + 172, None, None, // iopl
        252, 290, X32 + 252, 31, 315, // ioprio_get
        251, 289, X32 + 251, 30, 314, // ioprio_set
        None, 117, None, None, None, // ipc
        312, 349, X32 + 312, 272, 378, // kcmp
        320, None, X32 + 320, 294, 401, // kexec_file_load
        246, 283, X32 + 528, 104, 347, // kexec_load
        250, 288, X32 + 250, 219, 311, // keyctl
        62, 37, X32 + 62, 129, 37, // kill
        445, 445, X32 + 445, 445, 445, // landlock_add_rule
        444, 444, X32 + 444, 444, 444, // landlock_create_ruleset
        446, 446, X32 + 446, 446, 446, // landlock_restrict_self
        94, 16, X32 + 94, None, 16, // lchown
        None, 198, None, None, 198, // lchown32
        192, 230, X32 + 192, 9, 230, // lgetxattr
        86, 9, X32 + 86, None, 9, // link
        265, 303, X32 + 265, 37, 330, // linkat
        50, 363, X32 + 50, 201, 284, // listen
        458, 458, X32 + 458, 458, 458, // listmount
        470, 470, X32 + 470, 470, 470, // listns
        194, 232, X32 + 194, 11, 232, // listxattr
        465, 465, X32 + 465, 465, 465, // listxattrat
        195, 233, X32 + 195, 12, 233, // llistxattr
        None, 53, None, None, None, // lock
        212, 253, X32 + 212, 18, 249, // lookup_dcookie
        198, 236, X32 + 198, 15, 236, // lremovexattr
        8, 19, X32 + 8, 62, 19, // lseek
        189, 227, X32 + 189, 6, 227, // lsetxattr
        459, 459, X32 + 459, 459, 459, // lsm_get_self_attr
        461, 461, X32 + 461, 461, 461, // lsm_list_modules
        460, 460, X32 + 460, 460, 460, // lsm_set_self_attr
        6, 107, X32 + 6, None, 107, // lstat
        None, 196, None, None, 196, // lstat64
        28, 219, X32 + 28, 233, 220, // madvise
        453, 453, X32 + 453, 453, 453, // map_shadow_stack
        237, 274, X32 + 237, 235, 319, // mbind
        324, 375, X32 + 324, 283, 389, // membarrier
        319, 356, X32 + 319, 279, 385, // memfd_create
        447, 447, X32 + 447, 447, None, // memfd_secret
        256, 294, X32 + 256, 238, 400, // migrate_pages
        27, 218, X32 + 27, 232, 219, // mincore
        83, 39, X32 + 83, None, 39, // mkdir
        258, 296, X32 + 258, 34, 323, // mkdirat
        133, 14, X32 + 133, None, 14, // mknod
        259, 297, X32 + 259, 33, 324, // mknodat
        149, 150, X32 + 149, 228, 150, // mlock
        325, 376, X32 + 325, 284, 390, // mlock2
        151, 152, X32 + 151, 230, 152, // mlockall
        9, 90, X32 + 9, 222, None, // mmap
        None, 192, None, None, 192, // mmap2
        154, 123, X32 + 154, None, None, // modify_ldt
        165, 21, X32 + 165, 40, 21, // mount
        442, 442, X32 + 442, 442, 442, // mount_setattr
        429, 429, X32 + 429, 429, 429, // move_mount
        279, 317, X32 + 533, 239, 344, // move_pages
        10, 125, X32 + 10, 226, 125, // mprotect
        None, 56, None, None, None, // mpx
        245, 282, X32 + 245, 185, 279, // mq_getsetattr
        244, 281, X32 + 527, 184, 278, // mq_notify
        240, 277, X32 + 240, 180, 274, // mq_open
        243, 280, X32 + 243, 183, 277, // mq_timedreceive
        None, 419, None, None, 419, // mq_timedreceive_time64
        242, 279, X32 + 242, 182, 276, // mq_timedsend
        None, 418, None, None, 418, // mq_timedsend_time64
        241, 278, X32 + 241, 181, 275, // mq_unlink
        25, 163, X32 + 25, 216, 163, // mremap
        462, 462, X32 + 462, 462, 462, // mseal
        71, 402, X32 + 71, 187, 304, // msgctl
        68, 399, X32 + 68, 186, 303, // msgget
        70, 401, X32 + 70, 188, 302, // msgrcv
        69, 400, X32 + 69, 189, 301, // msgsnd
        26, 144, X32 + 26, 227, 144, // msync
        150, 151, X32 + 150, 229, 151, // munlock
        152, 153, X32 + 152, 231, 153, // munlockall
        11, 91, X32 + 11, 215, 91, // munmap
        303, 341, X32 + 303, 264, 370, // name_to_handle_at
        35, 162, X32 + 35, 101, 162, // nanosleep
        262, None, X32 + 262, 79, None, // newfstatat
        180, 169, None, 42, 169, // nfsservctl
        None, 34, None, None, 34, // nice
        None, 28, None, None, None, // oldfstat
        None, 84, None, None, None, // oldlstat
        None, 59, None, None, None, // oldolduname
        None, 18, None, None, None, // oldstat
        None, 109, None, None, None, // olduname
        2, 5, X32 + 2, None, 5, // open
        304, 342, X32 + 304, 265, 371, // open_by_handle_at
        428, 428, X32 + 428, 428, 428, // open_tree
        467, 467, X32 + 467, 467, 467, // open_tree_attr
        257, 295, X32 + 257, 56, 322, // openat
        437, 437, X32 + 437, 437, 437, // openat2
        34, 29, X32 + 34, None, 29, // pause
        None, None, None, None, 271, // pciconfig_iobase
        None, None, None, None, 272, // pciconfig_read
        None, None, None, None, 273, // pciconfig_write
        298, 336, X32 + 298, 241, 364, // perf_event_open
        135, 136, X32 + 135, 92, 136, // personality
        438, 438, X32 + 438, 438, 438, // pidfd_getfd
        434, 434, X32 + 434, 434, 434, // pidfd_open
        424, 424, X32 + 424, 424, 424, // pidfd_send_signal
        22, 42, X32 + 22, None, 42, // pipe
        293, 331, X32 + 293, 59, 359, // pipe2
        155, 217, X32 + 155, 41, 218, // pivot_root
        330, 381, X32 + 330, 289, 395, // pkey_alloc
        331, 382, X32 + 331, 290, 396, // pkey_free
        329, 380, X32 + 329, 288, 394, // pkey_mprotect
        7, 168, X32 + 7, None, 168, // poll
        271, 309, X32 + 271, 73, 336, // ppoll
        None, 414, None, None, 414, // ppoll_time64
        157, 172, X32 + 157, 167, 172, // prctl
        17, 180, X32 + 17, 67, 180, // pread64
        295, 333, X32 + 534, 69, 361, // preadv
        327, 378, X32 + 546, 286, 392, // preadv2
        302, 340, X32 + 302, 261, 369, // prlimit64
        440, 440, X32 + 440, 440, 440, // process_madvise
        448, 448, X32 + 448, 448, 448, // process_mrelease
        310, 347, X32 + 539, 270, 376, // process_vm_readv
        311, 348, X32 + 540, 271, 377, // process_vm_writev
        None, 44, None, None, None, // prof
        None, 98, None, None, None, // profil
        270, 308, X32 + 270, 72, 335, // pselect6
        None, 413, None, None, 413, // pselect6_time64
        101, 26, X32 + 521, 117, 26, // ptrace
        182, 189, X32 + 182, None, None, // putpmsg
        18, 181, X32 + 18, 68, 181, // pwrite64
        296, 334, X32 + 535, 70, 362, // pwritev
        328, 379, X32 + 547, 287, 393, // pwritev2
        178, 167, None, None, None, // query_module
        179, 131, X32 + 179, 60, 131, // quotactl
        443, 443, X32 + 443, 443, 443, // quotactl_fd
        0, 3, X32 + 0, 63, 3, // read
        187, 225, X32 + 187, 213, 225, // readahead
        None, 89, None, None, None, // readdir
        89, 85, X32 + 89, None, 85, // readlink
        267, 305, X32 + 267, 78, 332, // readlinkat
        19, 145, X32 + 515, 65, 145, // readv
        169, 88, X32 + 169, 142, 88, // reboot
        None, None, None, None, 291, // recv
        45, 371, X32 + 517, 207, 292, // recvfrom
        299, 337, X32 + 537, 243, 365, // recvmmsg
        None, 417, None, None, 417, // recvmmsg_time64
        47, 372, X32 + 519, 212, 297, // recvmsg
        216, 257, X32 + 216, 234, 253, // remap_file_pages
        197, 235, X32 + 197, 14, 235, // removexattr
        466, 466, X32 + 466, 466, 466, // removexattrat
        82, 38, X32 + 82, None, 38, // rename
        264, 302, X32 + 264, 38, 329, // renameat
        316, 353, X32 + 316, 276, 382, // renameat2
        249, 287, X32 + 249, 218, 310, // request_key
        219, 0, X32 + 219, 128, 0, // restart_syscall
        84, 40, X32 + 84, None, 40, // rmdir
        334, 386, X32 + 334, 293, 398, // rseq
        471, 471, X32 + 471, 471, 471, // rseq_slice_yield
        13, 174, X32 + 512, 134, 174, // rt_sigaction
        127, 176, X32 + 522, 136, 176, // rt_sigpending
        14, 175, X32 + 14, 135, 175, // rt_sigprocmask
        129, 178, X32 + 524, 138, 178, // rt_sigqueueinfo
        15, 173, X32 + 513, 139, 173, // rt_sigreturn
        130, 179, X32 + 130, 133, 179, // rt_sigsuspend
        128, 177, X32 + 523, 137, 177, // rt_sigtimedwait
        None, 421, None, None, 421, // rt_sigtimedwait_time64
        297, 335, X32 + 536, 240, 363, // rt_tgsigqueueinfo
        146, 159, X32 + 146, 125, 159, // sched_get_priority_max
        147, 160, X32 + 147, 126, 160, // sched_get_priority_min
        204, 242, X32 + 204, 123, 242, // sched_getaffinity
        315, 352, X32 + 315, 275, 381, // sched_getattr
        143, 155, X32 + 143, 121, 155, // sched_getparam
        145, 157, X32 + 145, 120, 157, // sched_getscheduler
        148, 161, X32 + 148, 127, 161, // sched_rr_get_interval
        None, 423, None, None, 423, // sched_rr_get_interval_time64
        203, 241, X32 + 203, 122, 241, // sched_setaffinity
        314, 351, X32 + 314, 274, 380, // sched_setattr
        142, 154, X32 + 142, 118, 154, // sched_setparam
        144, 156, X32 + 144, 119, 156, // sched_setscheduler
        24, 158, X32 + 24, 124, 158, // sched_yield
        317, 354, X32 + 317, 277, 383, // seccomp
        185, None, X32 + 185, None, None, // security
        23, 82, X32 + 23, None, None, // select
        66, 394, X32 + 66, 191, 300, // semctl
        64, 393, X32 + 64, 190, 299, // semget
        65, None, X32 + 65, 193, 298, // semop
        220, None, X32 + 220, 192, 312, // semtimedop
        None, 420, None, None, 420, // semtimedop_time64
        None, None, None, None, 289, // send
        40, 187, X32 + 40, 71, 187, // sendfile
        None, 239, None, None, 239, // sendfile64
        307, 345, X32 + 538, 269, 374, // sendmmsg
        46, 370, X32 + 518, 211, 296, // sendmsg
        44, 369, X32 + 44, 206, 290, // sendto
        238, 276, X32 + 238, 237, 321, // set_mempolicy
        450, 450, X32 + 450, 450, 450, // set_mempolicy_home_node
        273, 311, X32 + 530, 99, 338, // set_robust_list
        205, 243, None, None, None, // set_thread_area
        218, 258, X32 + 218, 96, 256, // set_tid_address
        None, None, None, None, 983045, // set_tls
        171, 121, X32 + 171, 162, 121, // setdomainname
        123, 139, X32 + 123, 152, 139, // setfsgid
        None, 216, None, None, 216, // setfsgid32
        122, 138, X32 + 122, 151, 138, // setfsuid
        None, 215, None, None, 215, // setfsuid32
        106, 46, X32 + 106, 144, 46, // setgid
        None, 214, None, None, 214, // setgid32
        116, 81, X32 + 116, 159, 81, // setgroups
        None, 206, None, None, 206, // setgroups32
        170, 74, X32 + 170, 161, 74, // sethostname
        38, 104, X32 + 38, 103, 104, // setitimer
        308, 346, X32 + 308, 268, 375, // setns
        109, 57, X32 + 109, 154, 57, // setpgid
        141, 97, X32 + 141, 140, 97, // setpriority
        114, 71, X32 + 114, 143, 71, // setregid
        None, 204, None, None, 204, // setregid32
        119, 170, X32 + 119, 149, 170, // setresgid
        None, 210, None, None, 210, // setresgid32
        117, 164, X32 + 117, 147, 164, // setresuid
        None, 208, None, None, 208, // setresuid32
        113, 70, X32 + 113, 145, 70, // setreuid
        None, 203, None, None, 203, // setreuid32
        160, 75, X32 + 160, 164, 75, // setrlimit
        112, 66, X32 + 112, 157, 66, // setsid
        54, 366, X32 + 541, 208, 294, // setsockopt
        164, 79, X32 + 164, 170, 79, // settimeofday
        105, 23, X32 + 105, 146, 23, // setuid
        None, 213, None, None, 213, // setuid32
        188, 226, X32 + 188, 5, 226, // setxattr
        463, 463, X32 + 463, 463, 463, // setxattrat
        None, 68, None, None, None, // sgetmask
        30, 397, X32 + 30, 196, 305, // shmat
        31, 396, X32 + 31, 195, 308, // shmctl
        67, 398, X32 + 67, 197, 306, // shmdt
        29, 395, X32 + 29, 194, 307, // shmget
        48, 373, X32 + 48, 210, 293, // shutdown
        None, 67, None, None, 67, // sigaction
        131, 186, X32 + 525, 132, 186, // sigaltstack
        None, 48, None, None, None, // signal
        282, 321, X32 + 282, None, 349, // signalfd
        289, 327, X32 + 289, 74, 355, // signalfd4
        None, 73, None, None, 73, // sigpending
        None, 126, None, None, 126, // sigprocmask
        None, 119, None, None, 119, // sigreturn
        None, 72, None, None, 72, // sigsuspend
        41, 359, X32 + 41, 198, 281, // socket
        None, 102, None, None, None, // socketcall
        53, 360, X32 + 53, 199, 288, // socketpair
        275, 313, X32 + 275, 76, 340, // splice
        None, 69, None, None, None, // ssetmask
        4, 106, X32 + 4, None, 106, // stat
        None, 195, None, None, 195, // stat64
        137, 99, X32 + 137, 43, 99, // statfs
        None, 268, None, None, 266, // statfs64
        457, 457, X32 + 457, 457, 457, // statmount
        332, 383, X32 + 332, 291, 397, // statx
        None, 25, None, None, None, // stime
        None, 31, None, None, None, // stty
        168, 115, X32 + 168, 225, 115, // swapoff
        167, 87, X32 + 167, 224, 87, // swapon
        88, 83, X32 + 88, None, 83, // symlink
        266, 304, X32 + 266, 36, 331, // symlinkat
        162, 36, X32 + 162, 81, 36, // sync
        277, 314, X32 + 277, 84, None, // sync_file_range
        306, 344, X32 + 306, 267, 373, // syncfs
        139, 135, X32 + 139, None, 135, // sysfs
        99, 116, X32 + 99, 179, 116, // sysinfo
        103, 103, X32 + 103, 116, 103, // syslog
        276, 315, X32 + 276, 77, 342, // tee
        234, 270, X32 + 234, 131, 268, // tgkill
        201, 13, X32 + 201, None, None, // time
        222, 259, X32 + 526, 107, 257, // timer_create
        226, 263, X32 + 226, 111, 261, // timer_delete
        225, 262, X32 + 225, 109, 260, // timer_getoverrun
        224, 261, X32 + 224, 108, 259, // timer_gettime
        None, 408, None, None, 408, // timer_gettime64
        223, 260, X32 + 223, 110, 258, // timer_settime
        None, 409, None, None, 409, // timer_settime64
        283, 322, X32 + 283, 85, 350, // timerfd_create
        287, 326, X32 + 287, 87, 354, // timerfd_gettime
        None, 410, None, None, 410, // timerfd_gettime64
        286, 325, X32 + 286, 86, 353, // timerfd_settime
        None, 411, None, None, 411, // timerfd_settime64
        100, 43, X32 + 100, 153, 43, // times
        200, 238, X32 + 200, 130, 238, // tkill
        76, 92, X32 + 76, 45, 92, // truncate
        None, 193, None, None, 193, // truncate64
        184, None, X32 + 184, None, None, // tuxcall
        None, 191, None, None, 191, // ugetrlimit
        None, 58, None, None, None, // ulimit
        95, 60, X32 + 95, 166, 60, // umask
        None, 22, None, None, None, // umount
        166, 52, X32 + 166, 39, 52, // umount2
        63, 122, X32 + 63, 160, 122, // uname
        87, 10, X32 + 87, None, 10, // unlink
        263, 301, X32 + 263, 35, 328, // unlinkat
        272, 310, X32 + 272, 97, 337, // unshare
        336, None, X32 + 336, None, None, // uprobe
        335, None, X32 + 335, None, None, // uretprobe
        134, 86, None, None, 86, // uselib
        323, 374, X32 + 323, 282, 388, // userfaultfd
        None, None, None, None, 983043, // usr26
        None, None, None, None, 983044, // usr32
        136, 62, X32 + 136, None, 62, // ustat
        132, 30, X32 + 132, None, None, // utime
        280, 320, X32 + 280, 88, 348, // utimensat
        None, 412, None, None, 412, // utimensat_time64
        235, 271, X32 + 235, None, 269, // utimes
        58, 190, X32 + 58, None, 190, // vfork
        153, 111, X32 + 153, 58, 111, // vhangup
        None, 166, None, None, None, // vm86
        None, 113, None, None, None, // vm86old
        278, 316, X32 + 532, 75, 343, // vmsplice
        236, 273, None, None, 313, // vserver
        61, 114, X32 + 61, 260, 114, // wait4
        247, 284, X32 + 529, 95, 280, // waitid
        None, 7, None, None, None, // waitpid
        1, 4, X32 + 1, 64, 4, // write
        20, 146, X32 + 516, 66, 146, // writev
    ];
}

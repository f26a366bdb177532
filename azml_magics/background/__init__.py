"""Long work in a process of its own, which goes on when the kernel that asked for it ends."""

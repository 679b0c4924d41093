"""What several workers of one machine count together: how often somebody asks, and the places of
each tenant.

It is a small file in the directory of their sockets, which each of them maps into its memory. A
worker changes it under a lock (fcntl(2)), which ends with its holder, however that ends. So a count
is exact, needs no other process and no await, and takes less than a millisecond. Whoever does not
get the lock in `file.WAIT_S`, because a worker was stopped while it had it, counts by itself for a
moment; of a tenant's places it asks again for longer.

`file` is the file and its lock, `buckets` and `places` are its two halves. With one worker there is
no such file, and each count is the process's own.
"""

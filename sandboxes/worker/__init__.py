"""The resident fork server that runs inside the walls; standard library only, nothing else of ours is in there.

Three kinds of process, so that nothing of one job can be found in the next one's memory:

* the **supervisor** (``main``, ``supervise``) talks to the host, feeds requests, measures, kills. It holds jobs' bytes;
  it is never copied.
* the **zygote** (``zygote``) has the packages imported and is copied for every job. It never holds a job's bytes.
* the **child** (``confine``, ``program``): a copy of the zygote that walls itself in, says so, and only then is handed
  the job's source. By ``CLONE_PARENT`` it is the supervisor's own child.
"""

/* The same by its later name. */
#ifndef PARLAY_WORKER_SPECIFIC_H_
#define PARLAY_WORKER_SPECIFIC_H_

#include "thread_specific.h"

#endif

/* What a fork-join program tells the series-parallel detector while it runs serially.
 *
 * A parallel construct is a block of branches that are logically parallel to one another: the two of a par_do, the
 * iterations of a parallel_for. The serial build of the parlay headers runs the branches one after another and says
 * where each begins and ends; blocks nest. Everything between block_end of one construct and block_begin of the next is
 * serial. The functions are the detector's; nothing else may define them.
 */
#ifndef EVOLVE_SERIES_PARALLEL_H
#define EVOLVE_SERIES_PARALLEL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A construct of `branches` logically parallel branches opens in the running strand. */
void evolve_sp_block_begin(size_t branches);
/* Branch `index` of the innermost open block begins; branches come in rising order of their index. */
void evolve_sp_branch_begin(size_t index);
/* The running branch ends; all blocks opened in it have ended. */
void evolve_sp_branch_end(void);
/* All branches of the innermost open block have joined. */
void evolve_sp_block_end(void);

#ifdef __cplusplus
}
#endif

#endif

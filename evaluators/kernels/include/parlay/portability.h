/* The macros are gone; the include stays for programs that name it. */
#ifndef PARLAY_PORTABILITY_H_
#define PARLAY_PORTABILITY_H_

#endif

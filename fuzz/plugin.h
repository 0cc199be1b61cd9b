/* plugin.h - an instance of the provider for a target */
#ifndef FUZZ_PLUGIN_H
#define FUZZ_PLUGIN_H

#include "instance.h"

#define FUZZ_BASE   "https://git.example.com/bitbucket"
#define FUZZ_SECRET "pa55-w0rd"

/* Closed by bb_close. */
struct sp_instance *fuzz_instance(void);

#endif

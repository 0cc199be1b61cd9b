/* versions.c - the version that a server tells */
#include "version.h"

#include "target.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *text = fuzz_text(&input), missed[128];
    uint32_t version = bb_version_parse(text);

    HOLDS(version <= BB_VERSION_NUMBER(999, 999) + 999);
    for (int i = 0; i < BB_FACT_COUNT; i++) {
        const struct bb_fact_row *row = bb_fact((enum bb_fact)i);

        if (!bb_fact_is_missed(row, version, missed, sizeof missed))
            continue;
        HOLDS(!bb_version_has(version, (enum bb_fact)i));
        HOLDS(fuzz_is_line(missed));
    }
    free(text);
    return 0;
}

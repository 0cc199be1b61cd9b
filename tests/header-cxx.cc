/* header-cxx.cc - both headers in C++11: a host, or a provider, may be written in it */
#include <source_provider_host.h>

#include "header-layout.h"

#include <cstdio>

static source_provider provider;
SOURCE_PROVIDER_DEFINE(provider);

int main()
{
    provider.size = sizeof provider;
    bool ok = source_provider_entry(SP_ABI_VERSION) == &provider &&
              !source_provider_entry(SP_ABI_VERSION + 1) &&
              SP_HAS(source_provider, &provider, health);

    std::printf("1..1\n%sok 1 - the contract in C++11\n", ok ? "" : "not ");
    return 0;
}

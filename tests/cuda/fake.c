/* A CUDA driver and its libraries with nothing behind them: the answers that a machine without a card, with too few of
   them or with a full one would give. Device memory is the machine's own, and no kernel computes anything.

   FAKE_DEVICES is the number of cards, FAKE_ALLOCATIONS how many allocations succeed before memory is full. Whatever else
   the program links to, the test adds as functions that answer 0. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101 };

static long setting(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

int cuInit(unsigned flags) {
    (void)flags;
    return setting("FAKE_DEVICES") > 0 ? SUCCESS : NO_DEVICE;
}

int cuDeviceGetCount(int *count) {
    *count = (int)setting("FAKE_DEVICES");
    return SUCCESS;
}

int cuDeviceGet(int *device, int number) {
    *device = number;
    return number < setting("FAKE_DEVICES") ? SUCCESS : INVALID_DEVICE;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)attribute;
    (void)device;
    *value = 0;
    return SUCCESS;
}

static int handle(void **at) {
    static char something;
    *at = &something;
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void **context, int device) {
    (void)device;
    return handle(context);
}

int cuCtxGetCurrent(void **context) { return handle(context); }

int cuEventCreate(void **event, unsigned flags) {
    (void)flags;
    return handle(event);
}

int cuStreamIsCapturing(void *stream, int *capturing) {
    (void)stream;
    *capturing = 0;
    return SUCCESS;
}

int cuModuleLoadData(void **module, const void *image) {
    (void)image;
    return handle(module);
}

int cuModuleGetFunction(void **function, void *module, const char *name) {
    (void)module;
    (void)name;
    return handle(function);
}

int cublasCreate_v2(void **blas) { return handle(blas); }

int curandCreateGenerator(void **generator, int kind) {
    (void)kind;
    return handle(generator);
}

int cuMemAlloc_v2(void **memory, size_t bytes) {
    static long done;
    if (done++ >= setting("FAKE_ALLOCATIONS")) return OUT_OF_MEMORY;
    *memory = calloc(1, bytes);
    return *memory ? SUCCESS : OUT_OF_MEMORY;
}

int cuMemFree_v2(void *memory) {
    free(memory);
    return SUCCESS;
}

static int copy(void *to, const void *from, size_t bytes) {
    memcpy(to, from, bytes);
    return SUCCESS;
}

int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream) {
    (void)stream;
    return copy(to, from, bytes);
}

int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t bytes, void *stream) {
    (void)stream;
    return copy(to, from, bytes);
}

int cuGetErrorString(int error, const char **text) {
    switch (error) {
    case OUT_OF_MEMORY: *text = "out of memory"; break;
    case NO_DEVICE: *text = "no CUDA-capable device is detected"; break;
    case INVALID_DEVICE: *text = "invalid device ordinal"; break;
    default: *text = "another error"; break;
    }
    return SUCCESS;
}

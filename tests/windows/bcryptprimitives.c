/* ProcessPrng for Wine 8, which has no bcryptprimitives.dll: Rust's standard library takes its random numbers from there. The function of
   advapi32 gives the same. Windows itself has had the DLL since version 7; this one is only for .ci/windows. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}

/* Runs a command in a console of its own, for .ci/windows.

     console interrupt COMMAND   sends Ctrl-C when a line comes on standard input
     console screen COMMAND      the command writes to the console; prints what the screen then shows, as UTF-8, and the console's mode

   The exit code is that of the command, or 99 if something here fails. */
#include <stdio.h>
#include <windows.h>

static void fail(const char *what)
{
    fprintf(stderr, "console: %s: error %lu\n", what, GetLastError());
    exit(99);
}

/* The command line behind the first two words, of which neither has quotes or blanks. */
static WCHAR *rest(WCHAR *line)
{
    BOOL quoted = FALSE;
    for (int words = 0; words < 2 && *line; line++) {
        if (*line == '"')
            quoted = !quoted;
        if (*line == ' ' && !quoted && line[1] != ' ')
            words++;
    }
    return line;
}

static void print_screen(HANDLE screen)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    DWORD mode, read;
    if (!GetConsoleScreenBufferInfo(screen, &info) || !GetConsoleMode(screen, &mode))
        fail("no screen");
    printf("mode %s escape sequences\n", mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING ? "with" : "without");
    for (SHORT row = 0; row <= info.dwCursorPosition.Y; row++) {
        static WCHAR wide[1024];
        static char text[4096];
        COORD from = {0, row};
        if (!ReadConsoleOutputCharacterW(screen, wide, min(info.dwSize.X, 1023), from, &read))
            fail("the screen cannot be read");
        while (read && wide[read - 1] == ' ')
            read--;
        text[WideCharToMultiByte(CP_UTF8, 0, wide, read, text, sizeof text - 1, NULL, NULL)] = 0;
        printf("%s\n", text);
    }
}

int wmain(int count, WCHAR **words)
{
    BOOL interrupt = count > 2 && !wcscmp(words[1], L"interrupt");
    BOOL inside = GetEnvironmentVariableW(L"INSIDE", NULL, 0) > 0;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    STARTUPINFOW startup = {sizeof startup};
    PROCESS_INFORMATION child;
    DWORD code;

    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = in;
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!inside) {
        /* the console without a window belongs to the process that is started with it, so this program starts itself */
        SetEnvironmentVariableW(L"INSIDE", L"1");
    } else if (interrupt) {
        startup.hStdInput = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ, &inherited, OPEN_EXISTING, 0, NULL);
    } else {
        startup.hStdOutput = startup.hStdError = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
        if (startup.hStdOutput == INVALID_HANDLE_VALUE)
            fail("no console");
    }
    if (!CreateProcessW(NULL, inside ? rest(GetCommandLineW()) : GetCommandLineW(), NULL, NULL, TRUE,
            inside ? 0 : CREATE_NO_WINDOW, NULL, NULL, &startup, &child))
        fail("the command does not start");
    if (inside && interrupt) {
        char line;
        if (!ReadFile(in, &line, 1, &code, NULL))
            fail("nothing on standard input");
        /* this process stays; the command was started before and does not inherit that */
        SetConsoleCtrlHandler(NULL, TRUE);
        if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0))
            fail("no Ctrl-C");
    }
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    if (inside && !interrupt)
        print_screen(startup.hStdOutput);
    return (int)code;
}

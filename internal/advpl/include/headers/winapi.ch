// Styles of windows and of message boxes.
#ifndef __WINAPI_CH
#define __WINAPI_CH

#define WS_OVERLAPPED         0
#define WS_POPUP     2147483648
#define WS_CHILD     1073741824
#define WS_MINIMIZE   536870912
#define WS_VISIBLE    268435456
#define WS_DISABLED   134217728
#define WS_CLIPSIBLINGS 67108864
#define WS_CLIPCHILDREN 33554432
#define WS_MAXIMIZE    16777216
#define WS_CAPTION     12582912
#define WS_BORDER       8388608
#define WS_DLGFRAME     4194304
#define WS_VSCROLL      2097152
#define WS_HSCROLL      1048576
#define WS_SYSMENU       524288
#define WS_THICKFRAME    262144
#define WS_MINIMIZEBOX   131072
#define WS_MAXIMIZEBOX    65536

#define DS_SYSMODAL           2
#define DS_MODALFRAME       128

#define MB_OK                 0
#define MB_OKCANCEL           1
#define MB_ABORTRETRYIGNORE   2
#define MB_YESNOCANCEL        3
#define MB_YESNO              4
#define MB_RETRYCANCEL        5
#define MB_ICONHAND          16
#define MB_ICONSTOP          16
#define MB_ICONERROR         16
#define MB_ICONQUESTION      32
#define MB_ICONEXCLAMATION   48
#define MB_ICONWARNING       48
#define MB_ICONASTERISK      64
#define MB_ICONINFORMATION   64
#define MB_DEFBUTTON1         0
#define MB_DEFBUTTON2       256
#define MB_DEFBUTTON3       512

#define IDOK                  1
#define IDCANCEL              2
#define IDABORT               3
#define IDRETRY               4
#define IDIGNORE              5
#define IDYES                 6
#define IDNO                  7

#define SW_HIDE               0
#define SW_NORMAL             1
#define SW_SHOWNORMAL         1
#define SW_MINIMIZE           6
#define SW_MAXIMIZE           3
#define SW_SHOWMAXIMIZED      3
#define SW_SHOW               5

#endif

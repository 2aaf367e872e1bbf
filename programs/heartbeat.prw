#include "totvs.ch"

// Heartbeat is a job: it writes a line to the server's log every cSeconds seconds, until
// the server, or somebody with "appserver threads kill", tells it to end. To have it run
// from the start on:
//
//   [OnStart]
//   Jobs=HEARTBEAT
//
//   [HEARTBEAT]
//   Main=U_Heartbeat
//   Environment=SAMPLE
//   NParms=1
//   Parm1=60
User Function Heartbeat(cSeconds)
	Local nBeats := 0

	Default cSeconds := "60"

	While !KillApp()
		nBeats++
		FWLogMsg("INFO", , "HEARTBEAT", , , , "beat " + cValToChar(nBeats))
		Sleep(Max(Val(cSeconds), 1) * 1000)
	EndDo
Return nBeats

package lib

import (
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"

	"appserver/internal/advpl/vm"
)

var serverFuncs = table{
	"GETENVSERVER":    getEnvServer,
	"GETBUILD":        getBuild,
	"GETSRVVERSION":   getSrvVersion,
	"GETSRVINFO":      getSrvInfo,
	"GETSRVARCH":      getSrvArch,
	"GETSERVERTYPE":   getServerType,
	"GETCODEPAGE":     getCodePage,
	"ISSRVUNIX":       isSrvUnix,
	"ISSRV64":         isSrv64,
	"GETCOMPUTERNAME": computerName,
	"COMPUTERNAME":    computerName,
	"GETSRVININAME":   getSrvININame,
	"GETADV97":        getSrvININame,
	"GETDBEXTENSION":  getDBExtension,
	"GETREMOTETYPE":   getRemoteType,
	"GETCLIENTDIR":    getClientDir,
	"LOGUSERNAME":     logUserName,
	"GETFUNCARRAY":    getFuncArray,
	"GETSRCARRAY":     getSrcArray,
	"GETAPOINFO":      getApoInfo,
}

// GetEnvServer() → the name of the environment in which the program runs; "" without one.
// Source: TDN.
func getEnvServer(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.Str(pageText(SurroundingsOf(t).Environment)), nil
}

// GetBuild([lClient = .F.]) → the build of the server; with lClient that of the client: ""
// without one. Source: TDN.
func getBuild(t *vm.Thread, a vm.Args) (vm.Value, error) {
	client, err := optBool("GETBUILD", a, 0, false)
	if err != nil || client {
		return vm.Str(""), err
	}
	return vm.Str(pageText(SurroundingsOf(t).Build)), nil
}

// GetSrvVersion() → the version of the server. Source: TDN.
func getSrvVersion(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.Str(pageText(SurroundingsOf(t).Version)), nil
}

// GetSrvInfo() → an array of 13: 1 is the name of the server's machine, 2 its operating
// system, such as "Linux", 5 the number of its processors as a string, 12 its
// architecture as GetSrvArch names it. The others, such as addresses and serial numbers,
// are not told: 11 is {}, the rest "". Source: TDN, public programs.
func getSrvInfo(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	var facts [13]vm.Value
	for i := range facts {
		facts[i] = vm.Str("")
	}
	facts[0] = vm.Str(hostName())
	facts[1] = vm.Str(systemName(runtime.GOOS))
	facts[4] = vm.Str(strconv.Itoa(runtime.NumCPU()))
	facts[10] = vm.NewArray(nil)
	facts[11] = vm.Str(archName(runtime.GOARCH))
	h := hold{thread: t}
	return h.array(facts[:]...)
}

// archName returns the name of an architecture as Linux has it.
func archName(goarch string) string {
	switch goarch {
	case "amd64":
		return "x86_64"
	case "386":
		return "i686"
	case "arm64":
		return "aarch64"
	case "arm":
		return "aarch32"
	}
	return "unknown"
}

// GetSrvArch() → the architecture of the server: x86_64, i686, aarch64, aarch32 or unknown.
// Source: TDN.
func getSrvArch(*vm.Thread, vm.Args) (vm.Value, error) {
	return vm.Str(archName(runtime.GOARCH)), nil
}

// GetServerType() → 1: the server is a program of a console or service. Source: TDN.
func getServerType(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Int(1), nil }

// GetCodePage() → "CP1252", the code page of the server's strings. Source: TDN.
func getCodePage(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Str("CP1252"), nil }

// hostName returns the name of the machine, or "".
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return pageText(name)
}

// systemName returns the name of an operating system as people write it.
func systemName(goos string) string {
	switch goos {
	case "linux":
		return "Linux"
	case "windows":
		return "Windows"
	case "darwin":
		return "macOS"
	}
	return goos
}

// IsSrvUnix() → whether the server runs on Linux or another Unix. Source: TDN.
func isSrvUnix(*vm.Thread, vm.Args) (vm.Value, error) {
	return vm.Bool(runtime.GOOS != "windows"), nil
}

// IsSrv64() → whether the server is a 64-bit program. Source: TDN.
func isSrv64(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Bool(strconv.IntSize == 64), nil }

// GetComputerName() → the name of the machine: without a client, the server's. ComputerName
// is the same. Source: TDN.
func computerName(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Str(hostName()), nil }

// GetSrvIniName() → the name of the server's configuration file, without its folder.
// GetAdv97 is the same. Source: TDN.
func getSrvININame(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.Str(pageText(SurroundingsOf(t).INI)), nil
}

// GetDBExtension() → the extension of local tables, with its point: LocalDBExtension of the
// environment, .dtc unless that is set. Source: TDN.
func getDBExtension(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	s := SurroundingsOf(t)
	if s.Setting != nil {
		if ext, _ := s.Setting(s.Environment, "LocalDBExtension"); ext != "" {
			return vm.Str("." + strings.TrimPrefix(pageText(ext), ".")), nil
		}
	}
	return vm.Str(".dtc"), nil
}

// GetRemoteType([@cVersion]) → -1: the program runs without a client; cVersion becomes "".
// Source: TDN.
func getRemoteType(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	a.Set(0, vm.Str(""))
	return vm.Int(-1), nil
}

// GetClientDir() → an error, as the program runs without a client. Source: TDN.
func getClientDir(*vm.Thread, vm.Args) (vm.Value, error) {
	return vm.Value{}, vm.Errorf(vm.GenUnsupported, "GETCLIENTDIR", "the program runs without a client: ask GetRemoteType first")
}

// LogUserName() → the name of the client's user: "" without a client. Source: TDN.
func logUserName(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Str(""), nil }

// GetFuncArray(cMask[, @aTypes[, @aFiles[, @aLines[, @aDates[, @aTimes]]]]]) → the names of the
// program's functions that fit cMask, in which * and ? stand for other characters; static
// ones are left out. The arrays, passed by reference or already there, become as long:
// "USER", "TEMPLATE" or "FULL", the source's name, the line as a string, and the empty
// date and "", as the time of the source is not kept. Source: TDN.
func getFuncArray(t *vm.Thread, a vm.Args) (vm.Value, error) {
	mask, err := argText("GETFUNCARRAY", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	h := hold{thread: t}
	var columns [6]vm.ArrayValue
	turn := 0
	for _, u := range t.Program().Units() {
		for _, fn := range u.Funcs {
			turn++
			if err := pollEvery(t, turn); err != nil {
				return vm.Value{}, err
			}
			if !glob(strings.TrimSpace(mask), fn.Name) {
				continue
			}
			if f, native, ok := t.Program().Lookup(fn.Name, nil); !ok || native || f != fn {
				continue
			}
			row := [6]vm.Value{vm.Str(fn.Name), vm.Str(functionType(fn.Name)), vm.Str(u.Name),
				vm.Str(strconv.Itoa(int(fn.Line))), vm.DateOf(0), vm.Str("")}
			for i, v := range row {
				if err := h.add(&columns[i], v); err != nil {
					return vm.Value{}, err
				}
			}
		}
	}
	for i := 1; i < len(columns); i++ {
		fill(a, i, &columns[i])
	}
	return vm.ArrayOf(&columns[0]), nil
}

// functionType returns the type that GetFuncArray gives of a function.
func functionType(name string) string {
	switch name = name[strings.LastIndexByte(name, '.')+1:]; {
	case strings.HasPrefix(name, "U_"):
		return "USER"
	case strings.HasPrefix(name, "T_"):
		return "TEMPLATE"
	}
	return "FULL"
}

// fill gives the elements of arr to the array that argument i is, else sets its
// variable.
func fill(a vm.Args, i int, arr *vm.ArrayValue) {
	if v := a.Get(i); v.Kind() == vm.Array {
		v.Array().Elems = arr.Elems
		return
	}
	a.Set(i, vm.ArrayOf(arr))
}

// GetSrcArray(cMask) → the names of the program's sources that fit cMask, in which * and ?
// stand for other characters. Source: TDN.
func getSrcArray(t *vm.Thread, a vm.Args) (vm.Value, error) {
	mask, err := argText("GETSRCARRAY", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	h := hold{thread: t}
	arr := new(vm.ArrayValue)
	for _, u := range t.Program().Units() {
		if glob(strings.TrimSpace(mask), u.Name) {
			if err := h.add(arr, vm.Str(u.Name)); err != nil {
				return vm.Value{}, err
			}
		}
	}
	return vm.ArrayOf(arr), nil
}

// GetApoInfo(cSource) → {cName, cLanguage, cMode, dDate, cTime} of a source of the program,
// with its extension: the language is AdvPL or TLPP, the mode 0, that of sources
// compiled without restrictions, date and time are empty, as they are not kept. {} if
// there is no such source. Source: TDN, public programs.
func getApoInfo(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("GETAPOINFO", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name = path.Base(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/"))
	h := hold{thread: t}
	for _, u := range t.Program().Units() {
		if !strings.EqualFold(u.Name, name) {
			continue
		}
		language := "AdvPL"
		if u.TLPP {
			language = "TLPP"
		}
		return h.array(vm.Str(u.Name), vm.Str(language), vm.Int(0), vm.DateOf(0), vm.Str(""))
	}
	return h.array()
}

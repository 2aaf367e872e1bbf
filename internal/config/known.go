package config

import (
	"strings"
	"sync"
)

// Families are sections with names of the customer's choice. The name of a
// family stands where the schema names a section.
const (
	familyEnvironment = "<environment>"
	familyServer      = "<slave server>"
	familyBroker      = "<broker>"
	familySocket      = "<REST socket>"
	familyURI         = "<REST URI>"
	familyTLPPServer  = "<TLPP server>"
	familyLocation    = "<TLPP location>"
	familyPool        = "<TLPP thread pool>"
	familyExits       = "<TLPP user exits>"
	familyCORS        = "<TLPP CORS>"
	familyJob         = "<job>"
	familyHost        = "<virtual host>"
	familyConnection  = "<RPC connection>"
	familyHeaders     = "<headers or types>" // any key
)

// family reports whether class is a family and not the name of one section.
func family(class string) bool { return strings.HasPrefix(class, "<") }

// known lists the keys that are accepted without being acted on, by section.
// The spelling is that of the original's documentation.
var known = []struct {
	section string
	state   state
	keys    string
}{
	{"General", planned, "CanAcceptLB CanAcceptMonitor CanAcceptDebugger CanAcceptFSRemote SSLRedirect DebugThreadUsedMemory"},
	{"General", unused, "ServerType MasterServer MasterPort ConsoleLogDate AsyncConsoleLog AsyncMaxFiles EchoConsoleLog WriteConsoleLog LogTimeStamp ShowIPClient BuildKillUsers InstallPath MaxQuerySize HeapLimit ServerMemoryInfo SocketsDefaultIPV6 WorkThreadQtdMin FWTraceLog rest_log_level rest_error_full rest_trace_time rest_reloadtime rest_log_StringSize"},
	{"SSLConfigure", unused, "SecondCertificateServer SecondKeyServer SecondCertificateClient SecondKeyClient Module Timeout Debug Enable SECURITY SSL1"},
	{"ServerNetwork", planned, "Servers MasterConnection"},
	{familyServer, planned, "Type Server Port Connections SecurePort"},
	{"LockServer", planned, "Enable Server Port SecureConnection Messagelog WorkThreadQtdMin WorkThreadStackSize"},
	{familyBroker, unused, "LOCAL_SERVER_PORT SSL_ENCRYPT_UPSTREAM SERVICE_NAME SERVICE_DISPLAY_NAME SESSION_TIMEOUT SORT_METHOD PROTHEUS_MONITOR_EMBEDDED MONITORING_TYPE CLIENT_IS_WEBSOCKET ALLOW_ANY_CLIENT"},
	{"LicenseClient", planned, "Enable Server Port"},
	{"LicenseServer", unused, "Enable Port ShowStatus EnableNumber IPCGoTimeout IPCReturnTimeout StatelessReuseConn NumberVal LicenseFile"},
	{"DBAccess", planned, "Database Server Port Alias Driver MemoMega ProtheusOnly"},
	{"TopConnect", planned, "Database Server Port Alias Driver MemoMega ProtheusOnly"},
	{familySocket, unused, "VERBOSE"},
	{"HTTPSERVER", unused, "Log Charset LoadJSON OldUrns"},
	{familyTLPPServer, unused, "HostName Charset lingerTimeout SSLCertificateCA SSLDisableCipher"},
	{familyPool, unused, "Slaves"},
	{"RESTCONFIG", unused, "restPort RefreshTokenTimeout"},
	{familyJob, used, "Main Environment NParms Type Instances InstanceName OnStart OnConnect OnExit ExpirationTime ExpirationDelta InactiveTimeout"},
	{familyJob, planned, "SigaWeb PrepareIn"},
	{"HTTP", planned, "Enable Port IP Path UploadPath Environment DefaultPage Instances SessionTimeout CorsEnable AllowMethods Compression HSTSEnable HSTSIncludeSubDomains HSTSMaxAge IncludeSubDomains MaxAge XFrameOptions LogRequest LogResponse"},
	{familyHost, planned, "Enable Path Environment InstanceName ResponseJob DefaultPage"},
	{"HTTPS", planned, "Enable Port IP Path SecureCookie ClientCertVerify AllowMethods Environment DefaultPage"},
	{"WebApp", planned, "Port EnvServer LastMainProg HideParamsForm WebSocket Interface HttpHeaders MaxBodySize MaxHeaderSize MaxRequestTime ETags OnlyHostNames ThreadCookie SSLMethod SSLCertificate SSLKey SSLPassPhrase SSLCACertificate SSLClientAuth"},
	{"WebApp", unused, "obfuscate_protocol NonStopOnError agentJsonUpdate MPP"},
	{"WebApp/webapp", unused, "MPP"},
	{familyHeaders, planned, ""},
	{"WebAgent", unused, "Port Version Windows_x64 Windows_x86 Linux_x64 Linux_deb Linux_rpm MacOS_x64"},
	{"WebMonitor", planned, "Enable"},
	{"APP_MONITOR", unused, "Enable Port"},
	{"FTP", planned, "Enable Port"},
	{"Telnet", planned, "Enable Port"},
	{"Mail", planned, ""},
	{"Update", planned, ""},
	{"TDS", planned, "AllowApplyPatch AllowEdit AllowBuildPatch AllowCompile AllowApplyTemplate EnableBlockNewConnection"},
	// What tlpp.probat.run and tlpp.probat.export read (docs/testing.md).
	{"PROBAT", used, "THREADS_OFF IGNORE_SKIP BLOCKED_WORDS CROSS_VALIDATION SOURCE_PATH SOURCE_SKIPPED_PATH CODECOVERAGE CODECOVERAGE_PERCENT CODECOVERAGE_FILTER_SRC CODECOVERAGE_EXPORT_XML CODECOVERAGE_EXPORT_TFS EXPORT_AFTER_RUN EXPORT_FILE_NAME REST"},
	{"PROBAT", unused, "DEVTLPP LOG_VERBOSE LOG_INFO LOG_WARN LOG_DEBUG LOG_ERROR THREADS_MEMORY SOURCE_DISCOVERY_MODE TESTS_DISCOVERY_MODE TESTS_DISCOVERY_TIME_INTERVAL CODECOVERAGE_EXPORT_JSON EXPORT_FORMAT ShutDown"},
	{familyConnection, used, "Server Port SecureConnection Token TokenFile"},
	{familyEnvironment, used, "SourcePath RpoCustom RootPath StartPath IncludePath MaxStringSize ThreadMemLimit InactiveTimeout MaxThreads"},
	{familyEnvironment, planned, "RpoDb RpoLanguage RpoVersion LocalFiles LocalDbExtension Trace TopMemoMega RegionalLanguage SpecialKey StartSysInDB PictFormat DateFormat StringCodePage MaxLocks ConnectionTimeout KillStack MINGLE DBDatabase DBServer DBAlias DBPort TopDatabase TopServer TopAlias TopPort FWTraceLog"},
}

// unlisted are sections whose keys are not all known: none of them is unknown.
var unlisted = []string{"FTP", "Telnet", "Mail", "Update"}

// schemaIndex finds specs by folded names.
type schemaIndex struct {
	sections []string          // names of sections and families, each once
	classes  map[string]string // the same by folded name
	specs    map[string][]*spec
	keys     map[[2]string]*spec
	homes    map[string][]string // by key: sections and families that have it
	secrets  []string            // names of keys that hold secrets
}

var index = sync.OnceValue(func() *schemaIndex {
	x := &schemaIndex{classes: map[string]string{}, specs: map[string][]*spec{}, keys: map[[2]string]*spec{}, homes: map[string][]string{}}
	for i := range schema {
		x.add(&schema[i])
	}
	for _, keys := range restFamilies {
		table := keys()
		for i := range table {
			x.add(&table[i])
		}
	}
	for _, k := range known {
		x.open(k.section)
		for key := range strings.FieldsSeq(k.keys) {
			x.add(&spec{section: k.section, key: key, binding: binding{state: k.state}})
		}
	}
	return x
})

// open makes the section known, even if it has no keys of its own.
func (x *schemaIndex) open(section string) {
	if x.classes[fold(section)] == "" {
		x.classes[fold(section)] = section
		x.sections = append(x.sections, section)
	}
}

func (x *schemaIndex) add(s *spec) {
	x.open(s.section)
	x.specs[s.section] = append(x.specs[s.section], s)
	x.keys[[2]string{s.section, fold(s.key)}] = s
	x.homes[fold(s.key)] = append(x.homes[fold(s.key)], s.section)
	if secretKey.MatchString(s.key) && !countKey.MatchString(s.key) {
		x.secrets = append(x.secrets, s.key)
	}
}

// find returns the spec of a key in sections of the class, or nil.
func (x *schemaIndex) find(class, key string) *spec { return x.keys[[2]string{class, fold(key)}] }

// likeSecret reports whether key is no key of any section but so much like one
// that holds a secret that it may be that one, misspelt.
func (x *schemaIndex) likeSecret(key string) bool {
	return x.homes[fold(key)] == nil && nearest(key, x.secrets) != ""
}

// KeyInfo documents one key.
type KeyInfo struct {
	Section string `json:"section"` // in <angle brackets> if the section's name is free
	Key     string `json:"key"`
	Default string `json:"default"`
	Allowed string `json:"allowed"`
	Help    string `json:"help"`
	Status  string `json:"status"` // "used", "planned" or "not used"
	Live    bool   `json:"live"`   // a change takes effect at a reload; else, if used, at a restart
}

// Keys returns every key that is known, section by section; those that the
// server reads come first in their section and are the only ones with Help.
func Keys() []KeyInfo {
	var list []KeyInfo
	for _, name := range index().sections {
		for _, s := range index().specs[name] {
			info := KeyInfo{s.section, s.key, s.def, s.allowed, s.help, s.state.String(), s.live}
			if f, ok := familyKeys[s.section][s.key]; ok {
				info.Default, info.Allowed, info.Help, info.Live = f.def, f.allowed, f.help, live
			}
			list = append(list, info)
		}
	}
	return list
}

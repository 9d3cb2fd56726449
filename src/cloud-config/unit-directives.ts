/**
 * The assignments that systemd knows in the sections of units, those that are deprecated included. From systemd 257, as Debian
 * 13 has it: `systemd --dump-configuration-items`.
 */

/** Slice and scope: systemd.resource-control(5). */
const RESOURCES = words([
  'Slice AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes CPUAccounting',
  'CPUWeight StartupCPUWeight CPUShares StartupCPUShares CPUQuota CPUQuotaPeriodSec MemoryAccounting',
  'MemoryMin DefaultMemoryMin DefaultMemoryLow DefaultStartupMemoryLow MemoryLow StartupMemoryLow',
  'MemoryHigh StartupMemoryHigh MemoryMax StartupMemoryMax MemorySwapMax StartupMemorySwapMax',
  'MemoryZSwapMax StartupMemoryZSwapMax MemoryZSwapWriteback MemoryLimit DeviceAllow DevicePolicy',
  'IOAccounting IOWeight StartupIOWeight IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax',
  'IOReadIOPSMax IOWriteIOPSMax IODeviceLatencyTargetSec BlockIOAccounting BlockIOWeight',
  'StartupBlockIOWeight BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth TasksAccounting',
  'TasksMax Delegate DelegateSubgroup DisableControllers IPAccounting IPAddressAllow IPAddressDeny',
  'IPIngressFilterPath IPEgressFilterPath ManagedOOMSwap ManagedOOMMemoryPressure',
  'ManagedOOMMemoryPressureLimit ManagedOOMMemoryPressureDurationSec ManagedOOMPreference BPFProgram',
  'SocketBindAllow SocketBindDeny RestrictNetworkInterfaces MemoryPressureThresholdSec',
  'MemoryPressureWatch NFTSet CoredumpReceive',
]);

/** What runs processes: systemd.exec(5) and systemd.kill(5), in addition. */
const PROCESSES = words([
  'TimeoutSec WorkingDirectory RootDirectory RootImage RootImageOptions RootImagePolicy RootHash',
  'RootHashSignature RootVerity RootEphemeral ExtensionDirectories ExtensionImages ExtensionImagePolicy',
  'MountImages MountImagePolicy User Group SupplementaryGroups SetLoginEnvironment Nice OOMScoreAdjust',
  'CoredumpFilter IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority',
  'CPUSchedulingResetOnFork CPUAffinity NUMAPolicy NUMAMask UMask Environment EnvironmentFile',
  'PassEnvironment UnsetEnvironment DynamicUser RemoveIPC StandardInput StandardOutput StandardError',
  'StandardInputText StandardInputData TTYPath TTYReset TTYVHangup TTYVTDisallocate TTYRows TTYColumns',
  'SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax LogRateLimitIntervalSec',
  'LogRateLimitBurst LogExtraFields LogFilterPatterns SecureBits CapabilityBoundingSet',
  'AmbientCapabilities TimerSlackNSec NoNewPrivileges KeyringMode ProtectProc ProcSubset',
  'SystemCallFilter SystemCallArchitectures SystemCallErrorNumber SystemCallLog MemoryDenyWriteExecute',
  'RestrictNamespaces RestrictRealtime RestrictSUIDSGID RestrictAddressFamilies LockPersonality',
  'RestrictFileSystems LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitNOFILE LimitAS',
  'LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME',
  'ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories ReadWritePaths ReadOnlyPaths',
  'InaccessiblePaths ExecPaths NoExecPaths ExecSearchPath BindPaths BindReadOnlyPaths',
  'TemporaryFileSystem PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules',
  'ProtectKernelLogs ProtectClock ProtectControlGroups NetworkNamespacePath IPCNamespacePath',
  'LogNamespace PrivateNetwork PrivateUsers PrivateMounts PrivateIPC PrivatePIDs ProtectSystem',
  'ProtectHome MountFlags MountAPIVFS BindLogSockets Personality RuntimeDirectoryPreserve',
  'RuntimeDirectoryMode RuntimeDirectory StateDirectoryMode StateDirectory CacheDirectoryMode',
  'CacheDirectory LogsDirectoryMode LogsDirectory ConfigurationDirectoryMode ConfigurationDirectory',
  'SetCredential SetCredentialEncrypted LoadCredential LoadCredentialEncrypted ImportCredential',
  'TimeoutCleanSec PAMName IgnoreSIGPIPE UtmpIdentifier UtmpMode SELinuxContext AppArmorProfile',
  'SmackProcessLabel ProtectHostname MemoryKSM SendSIGKILL SendSIGHUP KillMode KillSignal',
  'RestartKillSignal FinalKillSignal WatchdogSignal',
]);

/** By section. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  Unit: words([
    'Description Documentation SourcePath Requires Requisite Wants BindsTo BindTo Upholds Conflicts',
    'Before After OnSuccess OnFailure PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom',
    'PropagateReloadFrom PropagatesStopTo StopPropagatedFrom PartOf JoinsNamespaceOf RequiresOverridable',
    'RequisiteOverridable RequiresMountsFor WantsMountsFor StopWhenUnneeded RefuseManualStart',
    'RefuseManualStop AllowIsolate DefaultDependencies SurviveFinalKillSignal OnSuccessJobMode',
    'OnFailureJobMode OnFailureIsolate IgnoreOnIsolate JobTimeoutSec JobRunningTimeoutSec',
    'JobTimeoutAction JobTimeoutRebootArgument StartLimitIntervalSec StartLimitInterval StartLimitBurst',
    'StartLimitAction FailureAction SuccessAction FailureActionExitStatus SuccessActionExitStatus',
    'RebootArgument ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory',
    'ConditionPathIsSymbolicLink ConditionPathIsMountPoint ConditionPathIsReadWrite',
    'ConditionPathIsEncrypted ConditionDirectoryNotEmpty ConditionFileNotEmpty ConditionFileIsExecutable',
    'ConditionNeedsUpdate ConditionFirstBoot ConditionArchitecture ConditionFirmware',
    'ConditionVirtualization ConditionHost ConditionKernelCommandLine ConditionKernelVersion',
    'ConditionCredential ConditionSecurity ConditionCapability ConditionACPower ConditionMemory',
    'ConditionCPUFeature ConditionCPUs ConditionEnvironment ConditionUser ConditionGroup',
    'ConditionControlGroupController ConditionOSRelease ConditionMemoryPressure ConditionCPUPressure',
    'ConditionIOPressure AssertPathExists AssertPathExistsGlob AssertPathIsDirectory',
    'AssertPathIsSymbolicLink AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsEncrypted',
    'AssertDirectoryNotEmpty AssertFileNotEmpty AssertFileIsExecutable AssertNeedsUpdate AssertFirstBoot',
    'AssertArchitecture AssertVirtualization AssertHost AssertKernelCommandLine AssertKernelVersion',
    'AssertCredential AssertSecurity AssertCapability AssertACPower AssertMemory AssertCPUFeature',
    'AssertCPUs AssertEnvironment AssertUser AssertGroup AssertControlGroupController AssertOSRelease',
    'AssertMemoryPressure AssertCPUPressure AssertIOPressure CollectMode',
  ]),
  Service: words([
    'PIDFile ExecCondition ExecStartPre ExecStart ExecReload ExecStartPost ExecStop ExecStopPost',
    'RestartSec RestartSteps RestartMaxDelaySec TimeoutStartSec TimeoutStopSec TimeoutAbortSec',
    'TimeoutStartFailureMode TimeoutStopFailureMode RuntimeMaxSec RuntimeRandomizedExtraSec WatchdogSec',
    'StartLimitInterval StartLimitBurst StartLimitAction FailureAction RebootArgument Type ExitType',
    'Restart RestartMode PermissionsStartOnly RootDirectoryStartOnly RemainAfterExit GuessMainPID',
    'RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus NonBlocking BusName',
    'FileDescriptorStoreMax FileDescriptorStorePreserve NotifyAccess Sockets USBFunctionDescriptors',
    'USBFunctionStrings OOMPolicy OpenFile ReloadSignal',
  ]),
  Socket: words([
    'ListenStream ListenDatagram ListenSequentialPacket ListenFIFO ListenNetlink ListenSpecial',
    'ListenMessageQueue ListenUSBFunction SocketProtocol BindIPv6Only Backlog BindToDevice ExecStartPre',
    'ExecStartPost ExecStopPre ExecStopPost SocketUser SocketGroup SocketMode DirectoryMode Accept',
    'FlushPending Writable MaxConnections MaxConnectionsPerSource KeepAlive KeepAliveTimeSec',
    'KeepAliveIntervalSec KeepAliveProbes DeferAcceptSec NoDelay Priority ReceiveBuffer SendBuffer IPTOS',
    'IPTTL Mark PipeSize FreeBind Transparent Broadcast PassCredentials PassFileDescriptorsToExec',
    'PassSecurity PassPacketInfo Timestamping TCPCongestion ReusePort MessageQueueMaxMessages',
    'MessageQueueMessageSize RemoveOnStop Symlinks FileDescriptorName Service TriggerLimitIntervalSec',
    'TriggerLimitBurst PollLimitIntervalSec PollLimitBurst SmackLabel SmackLabelIPIn SmackLabelIPOut',
    'SELinuxContextFromNet',
  ]),
  Mount: words([
    'What Where Options Type DirectoryMode SloppyOptions LazyUnmount ForceUnmount ReadWriteOnly',
  ]),
  Automount: words(['Where ExtraOptions DirectoryMode TimeoutIdleSec']),
  Swap: words(['What Priority Options']),
  Timer: words([
    'OnCalendar OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec OnClockChange',
    'OnTimezoneChange Persistent WakeSystem RemainAfterElapse FixedRandomDelay DeferReactivation',
    'AccuracySec RandomizedDelaySec Unit',
  ]),
  Path: words([
    'PathExists PathExistsGlob PathChanged PathModified DirectoryNotEmpty Unit MakeDirectory',
    'DirectoryMode TriggerLimitIntervalSec TriggerLimitBurst',
  ]),
  Slice: [],
  Scope: words([
    'SendSIGKILL SendSIGHUP KillMode KillSignal RestartKillSignal FinalKillSignal WatchdogSignal',
    'RuntimeMaxSec RuntimeRandomizedExtraSec TimeoutStopSec OOMPolicy',
  ]),
  Install: words(['Alias WantedBy RequiredBy UpheldBy Also DefaultInstance']),
};

const SHARED: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Service: [PROCESSES, RESOURCES],
  Socket: [PROCESSES, RESOURCES],
  Mount: [PROCESSES, RESOURCES],
  Swap: [PROCESSES, RESOURCES],
  Slice: [RESOURCES],
  Scope: [RESOURCES],
};

/** Names of the assignments of a section; undefined for sections that are not listed here. */
export function directivesOf(section: string): readonly string[] | undefined {
  const own = Object.hasOwn(OWN, section) ? OWN[section] : undefined;
  return own === undefined ? undefined : [...own, ...(SHARED[section] ?? []).flat()];
}

function words(lines: readonly string[]): readonly string[] {
  return lines.join(' ').split(' ');
}

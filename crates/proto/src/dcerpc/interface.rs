//! Interfaces of remote calls that have names, from Microsoft's open specifications.

use super::pdu::Uuid;

/// An interface with a name.
#[derive(Debug)]
pub(super) struct Known {
    uuid: [u8; 16],
    pub(super) name: &'static str,
    operations: &'static str,
}

impl Known {
    /// The name of a procedure.
    pub(super) fn operation(&self, number: u16) -> Option<&'static str> {
        let name = self
            .operations
            .split_ascii_whitespace()
            .nth(usize::from(number))?;
        (name != "-").then_some(name)
    }
}

/// The interface with this number.
pub(super) fn known(uuid: Uuid) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.uuid == uuid.0)
}

/// Numbers and names; procedures in the order of their numbers, `-` for those that are not called.
const KNOWN: &[Known] = &[
    Known {
        uuid: [
            0xe1, 0xaf, 0x83, 0x08, 0x5d, 0x1f, 0x11, 0xc9, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14,
            0xa0, 0xfa,
        ],
        name: "epmapper",
        operations: "ept_insert ept_delete ept_lookup ept_map ept_lookup_handle_free ept_inq_object \
            ept_mgmt_delete",
    },
    Known {
        uuid: [
            0xaf, 0xa8, 0xbd, 0x80, 0x7d, 0x8a, 0x11, 0xc9, 0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10,
            0x29, 0x89,
        ],
        name: "mgmt",
        operations: "inq_if_ids inq_stats is_server_listening stop_server_listening inq_princ_name",
    },
    Known {
        uuid: [
            0x4d, 0x9f, 0x4a, 0xb8, 0x7d, 0x1c, 0x11, 0xcf, 0x86, 0x1e, 0x00, 0x20, 0xaf, 0x6e,
            0x7c, 0x57,
        ],
        name: "IRemoteActivation",
        operations: "RemoteActivation",
    },
    Known {
        uuid: [
            0x00, 0x00, 0x01, 0xa0, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x46,
        ],
        name: "ISystemActivator",
        operations: "- - - RemoteGetClassObject RemoteCreateInstance",
    },
    Known {
        uuid: [
            0x99, 0xfc, 0xfe, 0xc4, 0x52, 0x60, 0x10, 0x1b, 0xbb, 0xcb, 0x00, 0xaa, 0x00, 0x21,
            0x34, 0x7a,
        ],
        name: "IOXIDResolver",
        operations: "ResolveOxid SimplePing ComplexPing ServerAlive ResolveOxid2 ServerAlive2",
    },
    Known {
        uuid: [
            0x00, 0x00, 0x01, 0x31, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x46,
        ],
        name: "IRemUnknown",
        operations: "- - - RemQueryInterface RemAddRef RemRelease",
    },
    Known {
        uuid: [
            0x00, 0x00, 0x01, 0x43, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x46,
        ],
        name: "IRemUnknown2",
        operations: "- - - RemQueryInterface RemAddRef RemRelease RemQueryInterface2",
    },
    Known {
        uuid: [
            0xf3, 0x09, 0xad, 0x18, 0xd8, 0x6a, 0x11, 0xd0, 0xa0, 0x75, 0x00, 0xc0, 0x4f, 0xb6,
            0x88, 0x20,
        ],
        name: "IWbemLevel1Login",
        operations: "- - - EstablishPosition RequestChallenge WBEMLogin NTLMLogin",
    },
    Known {
        uuid: [
            0x95, 0x56, 0xdc, 0x99, 0x82, 0x8c, 0x11, 0xcf, 0xa3, 0x7e, 0x00, 0xaa, 0x00, 0x32,
            0x40, 0xc7,
        ],
        name: "IWbemServices",
        operations: "- - - OpenNamespace CancelAsyncCall QueryObjectSink GetObject GetObjectAsync \
            PutClass PutClassAsync DeleteClass DeleteClassAsync CreateClassEnum \
            CreateClassEnumAsync PutInstance PutInstanceAsync DeleteInstance DeleteInstanceAsync \
            CreateInstanceEnum CreateInstanceEnumAsync ExecQuery ExecQueryAsync \
            ExecNotificationQuery ExecNotificationQueryAsync ExecMethod ExecMethodAsync",
    },
    Known {
        uuid: [
            0x4b, 0x32, 0x4f, 0xc8, 0x16, 0x70, 0x01, 0xd3, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e,
            0xe1, 0x88,
        ],
        name: "srvsvc",
        operations: "NetrCharDevEnum NetrCharDevGetInfo NetrCharDevControl NetrCharDevQEnum \
            NetrCharDevQGetInfo NetrCharDevQSetInfo NetrCharDevQPurge NetrCharDevQPurgeSelf \
            NetrConnectionEnum NetrFileEnum NetrFileGetInfo NetrFileClose NetrSessionEnum \
            NetrSessionDel NetrShareAdd NetrShareEnum NetrShareGetInfo NetrShareSetInfo \
            NetrShareDel NetrShareDelSticky NetrShareCheck NetrServerGetInfo NetrServerSetInfo \
            NetrServerDiskEnum NetrServerStatisticsGet NetrServerTransportAdd \
            NetrServerTransportEnum NetrServerTransportDel NetrRemoteTOD \
            NetrServerSetServiceBits NetprPathType NetprPathCanonicalize NetprPathCompare \
            NetprNameValidate NetprNameCanonicalize NetprNameCompare NetrShareEnumSticky \
            NetrShareDelStart NetrShareDelCommit NetrpGetFileSecurity NetrpSetFileSecurity \
            NetrServerTransportAddEx NetrServerSetServiceBitsEx NetrDfsGetVersion",
    },
    Known {
        uuid: [
            0x6b, 0xff, 0xd0, 0x98, 0xa1, 0x12, 0x36, 0x10, 0x98, 0x33, 0x46, 0xc3, 0xf8, 0x7e,
            0x34, 0x5a,
        ],
        name: "wkssvc",
        operations: "NetrWkstaGetInfo NetrWkstaSetInfo NetrWkstaUserEnum NetrWkstaUserGetInfo \
            NetrWkstaUserSetInfo NetrWkstaTransportEnum NetrWkstaTransportAdd \
            NetrWkstaTransportDel NetrUseAdd NetrUseGetInfo NetrUseDel NetrUseEnum \
            NetrMessageBufferSend NetrWorkstationStatisticsGet NetrLogonDomainNameAdd \
            NetrLogonDomainNameDel NetrJoinDomain NetrUnjoinDomain NetrRenameMachineInDomain \
            NetrValidateName NetrGetJoinInformation NetrGetJoinableOUs NetrJoinDomain2 \
            NetrUnjoinDomain2 NetrRenameMachineInDomain2 NetrValidateName2 NetrGetJoinableOUs2 \
            NetrAddAlternateComputerName NetrRemoveAlternateComputerName \
            NetrSetPrimaryComputerName NetrEnumerateComputerNames",
    },
    Known {
        uuid: [
            0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67,
            0x89, 0xac,
        ],
        name: "samr",
        operations: "SamrConnect SamrCloseHandle SamrSetSecurityObject SamrQuerySecurityObject \
            SamrShutdownSamServer SamrLookupDomainInSamServer SamrEnumerateDomainsInSamServer \
            SamrOpenDomain SamrQueryInformationDomain SamrSetInformationDomain \
            SamrCreateGroupInDomain SamrEnumerateGroupsInDomain SamrCreateUserInDomain \
            SamrEnumerateUsersInDomain SamrCreateAliasInDomain SamrEnumerateAliasesInDomain \
            SamrGetAliasMembership SamrLookupNamesInDomain SamrLookupIdsInDomain SamrOpenGroup \
            SamrQueryInformationGroup SamrSetInformationGroup SamrAddMemberToGroup \
            SamrDeleteGroup SamrRemoveMemberFromGroup SamrGetMembersInGroup \
            SamrSetMemberAttributesOfGroup SamrOpenAlias SamrQueryInformationAlias \
            SamrSetInformationAlias SamrDeleteAlias SamrAddMemberToAlias \
            SamrRemoveMemberFromAlias SamrGetMembersInAlias SamrOpenUser SamrDeleteUser \
            SamrQueryInformationUser SamrSetInformationUser SamrChangePasswordUser \
            SamrGetGroupsForUser SamrQueryDisplayInformation SamrGetDisplayEnumerationIndex \
            SamrTestPrivateFunctionsDomain SamrTestPrivateFunctionsUser \
            SamrGetUserDomainPasswordInformation SamrRemoveMemberFromForeignDomain \
            SamrQueryInformationDomain2 SamrQueryInformationUser2 SamrQueryDisplayInformation2 \
            SamrGetDisplayEnumerationIndex2 SamrCreateUser2InDomain SamrQueryDisplayInformation3 \
            SamrAddMultipleMembersToAlias SamrRemoveMultipleMembersFromAlias \
            SamrOemChangePasswordUser2 SamrUnicodeChangePasswordUser2 \
            SamrGetDomainPasswordInformation SamrConnect2 SamrSetInformationUser2 \
            SamrSetBootKeyInformation SamrGetBootKeyInformation SamrConnect3 SamrConnect4 \
            SamrUnicodeChangePasswordUser3 SamrConnect5 SamrRidToSid SamrSetDSRMPassword \
            SamrValidatePassword",
    },
    Known {
        uuid: [
            0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67,
            0x89, 0xab,
        ],
        name: "lsarpc",
        operations: "LsarClose LsarDelete LsarEnumeratePrivileges LsarQuerySecurityObject \
            LsarSetSecurityObject LsarChangePassword LsarOpenPolicy LsarQueryInformationPolicy \
            LsarSetInformationPolicy LsarClearAuditLog LsarCreateAccount LsarEnumerateAccounts \
            LsarCreateTrustedDomain LsarEnumerateTrustedDomains LsarLookupNames LsarLookupSids \
            LsarCreateSecret LsarOpenAccount LsarEnumeratePrivilegesAccount \
            LsarAddPrivilegesToAccount LsarRemovePrivilegesFromAccount LsarGetQuotasForAccount \
            LsarSetQuotasForAccount LsarGetSystemAccessAccount LsarSetSystemAccessAccount \
            LsarOpenTrustedDomain LsarQueryInfoTrustedDomain LsarSetInformationTrustedDomain \
            LsarOpenSecret LsarSetSecret LsarQuerySecret LsarLookupPrivilegeValue \
            LsarLookupPrivilegeName LsarLookupPrivilegeDisplayName LsarDeleteObject \
            LsarEnumerateAccountsWithUserRight LsarEnumerateAccountRights LsarAddAccountRights \
            LsarRemoveAccountRights LsarQueryTrustedDomainInfo LsarSetTrustedDomainInfo \
            LsarDeleteTrustedDomain LsarStorePrivateData LsarRetrievePrivateData LsarOpenPolicy2 \
            LsarGetUserName LsarQueryInformationPolicy2 LsarSetInformationPolicy2 \
            LsarQueryTrustedDomainInfoByName LsarSetTrustedDomainInfoByName \
            LsarEnumerateTrustedDomainsEx LsarCreateTrustedDomainEx LsarCloseTrustedDomainEx \
            LsarQueryDomainInformationPolicy LsarSetDomainInformationPolicy \
            LsarOpenTrustedDomainByName LsarTestCall LsarLookupSids2 LsarLookupNames2 \
            LsarCreateTrustedDomainEx2 - - - - - - - - LsarLookupNames3 - - - - \
            LsarQueryForestTrustInformation LsarSetForestTrustInformation - LsarLookupSids3 \
            LsarLookupNames4",
    },
    Known {
        uuid: [
            0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67,
            0xcf, 0xfb,
        ],
        name: "netlogon",
        operations: "NetrLogonUasLogon NetrLogonUasLogoff NetrLogonSamLogon NetrLogonSamLogoff \
            NetrServerReqChallenge NetrServerAuthenticate NetrServerPasswordSet \
            NetrDatabaseDeltas NetrDatabaseSync NetrAccountDeltas NetrAccountSync NetrGetDCName \
            NetrLogonControl NetrGetAnyDCName NetrLogonControl2 NetrServerAuthenticate2 \
            NetrDatabaseSync2 NetrDatabaseRedo NetrLogonControl2Ex NetrEnumerateTrustedDomains \
            DsrGetDcName NetrLogonGetCapabilities NetrLogonSetServiceBits NetrLogonGetTrustRid \
            NetrLogonComputeServerDigest NetrLogonComputeClientDigest NetrServerAuthenticate3 \
            DsrGetDcNameEx DsrGetSiteName NetrLogonGetDomainInfo NetrServerPasswordSet2 \
            NetrServerPasswordGet NetrLogonSendToSam DsrAddressToSiteNamesW DsrGetDcNameEx2 \
            NetrLogonGetTimeServiceParentDomain NetrEnumerateTrustedDomainsEx \
            DsrAddressToSiteNamesExW DsrGetDcSiteCoverageW NetrLogonSamLogonEx \
            DsrEnumerateDomainTrusts DsrDeregisterDnsHostRecords NetrServerTrustPasswordsGet \
            DsrGetForestTrustInformation NetrGetForestTrustInformation \
            NetrLogonSamLogonWithFlags NetrServerGetTrustInfo",
    },
    Known {
        uuid: [
            0x36, 0x7a, 0xbb, 0x81, 0x98, 0x44, 0x35, 0xf1, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00,
            0x10, 0x03,
        ],
        name: "svcctl",
        operations: "CloseServiceHandle ControlService DeleteService LockServiceDatabase \
            QueryServiceObjectSecurity SetServiceObjectSecurity QueryServiceStatus \
            SetServiceStatus UnlockServiceDatabase NotifyBootConfigStatus ScSetServiceBitsW \
            ChangeServiceConfigW CreateServiceW EnumDependentServicesW EnumServicesStatusW \
            OpenSCManagerW OpenServiceW QueryServiceConfigW QueryServiceLockStatusW \
            StartServiceW GetServiceDisplayNameW GetServiceKeyNameW ScSetServiceBitsA \
            ChangeServiceConfigA CreateServiceA EnumDependentServicesA EnumServicesStatusA \
            OpenSCManagerA OpenServiceA QueryServiceConfigA QueryServiceLockStatusA \
            StartServiceA GetServiceDisplayNameA GetServiceKeyNameA ScGetCurrentGroupStateW \
            EnumServiceGroupW ChangeServiceConfig2A ChangeServiceConfig2W QueryServiceConfig2A \
            QueryServiceConfig2W QueryServiceStatusEx EnumServicesStatusExA \
            EnumServicesStatusExW ScSendTSMessage CreateServiceWOW64A CreateServiceWOW64W \
            ScQueryServiceTagInfo NotifyServiceStatusChange GetNotifyResult CloseNotifyHandle \
            ControlServiceExA ControlServiceExW",
    },
    Known {
        uuid: [
            0x1f, 0xf7, 0x06, 0x82, 0x0a, 0x51, 0x30, 0xe8, 0x07, 0x6d, 0x74, 0x0b, 0xe8, 0xce,
            0xe9, 0x8b,
        ],
        name: "atsvc",
        operations: "NetrJobAdd NetrJobDel NetrJobEnum NetrJobGetInfo",
    },
    Known {
        uuid: [
            0x86, 0xd3, 0x59, 0x49, 0x83, 0xc9, 0x40, 0x44, 0xb4, 0x24, 0xdb, 0x36, 0x32, 0x31,
            0xfd, 0x0c,
        ],
        name: "ITaskSchedulerService",
        operations: "SchRpcHighestVersion SchRpcRegisterTask SchRpcRetrieveTask SchRpcCreateFolder \
            SchRpcSetSecurity SchRpcGetSecurity SchRpcEnumFolder SchRpcEnumTasks \
            SchRpcEnumInstances SchRpcGetInstanceInfo SchRpcStopInstance SchRpcStop SchRpcRun \
            SchRpcDelete SchRpcRename SchRpcScheduledRuntimes SchRpcGetLastRunInfo \
            SchRpcGetTaskInfo SchRpcGetNumberOfMissedRuns SchRpcEnableTask",
    },
    Known {
        uuid: [
            0x33, 0x8c, 0xd0, 0x01, 0x22, 0x44, 0x31, 0xf1, 0xaa, 0xaa, 0x90, 0x00, 0x38, 0x00,
            0x10, 0x03,
        ],
        name: "winreg",
        operations: "OpenClassesRoot OpenCurrentUser OpenLocalMachine OpenPerformanceData OpenUsers \
            BaseRegCloseKey BaseRegCreateKey BaseRegDeleteKey BaseRegDeleteValue BaseRegEnumKey \
            BaseRegEnumValue BaseRegFlushKey BaseRegGetKeySecurity BaseRegLoadKey \
            BaseRegNotifyChangeKeyValue BaseRegOpenKey BaseRegQueryInfoKey BaseRegQueryValue \
            BaseRegReplaceKey BaseRegRestoreKey BaseRegSaveKey BaseRegSetKeySecurity \
            BaseRegSetValue BaseRegUnLoadKey BaseInitiateSystemShutdown BaseAbortSystemShutdown \
            BaseRegGetVersion OpenCurrentConfig OpenDynData BaseRegQueryMultipleValues \
            BaseInitiateSystemShutdownEx BaseRegSaveKeyEx OpenPerformanceText \
            OpenPerformanceNlsText BaseRegQueryMultipleValues2 BaseRegDeleteKeyEx",
    },
    Known {
        uuid: [
            0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67,
            0x89, 0xab,
        ],
        name: "spoolss",
        operations: "RpcEnumPrinters RpcOpenPrinter RpcSetJob RpcGetJob RpcEnumJobs RpcAddPrinter \
            RpcDeletePrinter RpcSetPrinter RpcGetPrinter RpcAddPrinterDriver \
            RpcEnumPrinterDrivers RpcGetPrinterDriver RpcGetPrinterDriverDirectory \
            RpcDeletePrinterDriver RpcAddPrintProcessor RpcEnumPrintProcessors \
            RpcGetPrintProcessorDirectory RpcStartDocPrinter RpcStartPagePrinter RpcWritePrinter \
            RpcEndPagePrinter RpcAbortPrinter RpcReadPrinter RpcEndDocPrinter RpcAddJob \
            RpcScheduleJob RpcGetPrinterData RpcSetPrinterData RpcWaitForPrinterChange \
            RpcClosePrinter",
    },
    Known {
        uuid: [
            0xe3, 0x51, 0x42, 0x35, 0x4b, 0x06, 0x11, 0xd1, 0xab, 0x04, 0x00, 0xc0, 0x4f, 0xc2,
            0xdc, 0xd2,
        ],
        name: "drsuapi",
        operations: "DRSBind DRSUnbind DRSReplicaSync DRSGetNCChanges DRSUpdateRefs DRSReplicaAdd \
            DRSReplicaDel DRSReplicaModify DRSVerifyNames DRSGetMemberships DRSInterDomainMove \
            DRSGetNT4ChangeLog DRSCrackNames DRSWriteSPN DRSRemoveDsServer DRSRemoveDsDomain \
            DRSDomainControllerInfo DRSAddEntry DRSExecuteKCC DRSGetReplInfo DRSAddSidHistory \
            DRSGetMemberships2 DRSReplicaVerifyObjects DRSGetObjectExistence DRSQuerySitesByCost \
            DRSInitDemotion DRSReplicaDemotion DRSFinishDemotion DRSAddCloneDC",
    },
    Known {
        uuid: [
            0x39, 0x19, 0x28, 0x6a, 0xb1, 0x0c, 0x11, 0xd0, 0x9b, 0xa8, 0x00, 0xc0, 0x4f, 0xd9,
            0x2e, 0xf5,
        ],
        name: "dssetup",
        operations: "DsRolerGetPrimaryDomainInformation",
    },
    Known {
        uuid: [
            0x4f, 0xc7, 0x42, 0xe0, 0x4a, 0x10, 0x11, 0xcf, 0x82, 0x73, 0x00, 0xaa, 0x00, 0x4a,
            0xe6, 0x73,
        ],
        name: "dfs",
        operations: "NetrDfsManagerGetVersion NetrDfsAdd NetrDfsRemove NetrDfsSetInfo NetrDfsGetInfo \
            NetrDfsEnum",
    },
    Known {
        uuid: [
            0xc6, 0x81, 0xd4, 0x88, 0xd8, 0x50, 0x11, 0xd0, 0x8c, 0x52, 0x00, 0xc0, 0x4f, 0xd9,
            0x0f, 0x7e,
        ],
        name: "efsrpc",
        operations: "EfsRpcOpenFileRaw EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw \
            EfsRpcEncryptFileSrv EfsRpcDecryptFileSrv EfsRpcQueryUsersOnFile \
            EfsRpcQueryRecoveryAgents EfsRpcRemoveUsersFromFile EfsRpcAddUsersToFile - \
            EfsRpcNotSupported EfsRpcFileKeyInfo EfsRpcDuplicateEncryptionInfoFile",
    },
    Known {
        uuid: [
            0x6b, 0xff, 0xd0, 0x98, 0xa1, 0x12, 0x36, 0x10, 0x98, 0x33, 0x01, 0x28, 0x92, 0x02,
            0x01, 0x62,
        ],
        name: "browser",
        operations: "BrowserrServerEnum BrowserrDebugCall BrowserrQueryOtherDomains \
            BrowserrResetNetlogonState BrowserrDebugTrace BrowserrQueryStatistics \
            BrowserResetStatistics NetrBrowserStatisticsClear NetrBrowserStatisticsGet \
            BrowserrSetNetlogonState BrowserrQueryEmulatedDomains BrowserrServerEnumEx",
    },
    Known {
        uuid: [
            0x89, 0x4d, 0xe0, 0xc0, 0x0d, 0x55, 0x11, 0xd3, 0xa3, 0x22, 0x00, 0xc0, 0x4f, 0xa3,
            0x21, 0xa1,
        ],
        name: "InitShutdown",
        operations: "BaseInitiateShutdown BaseAbortShutdown BaseInitiateShutdownEx",
    },
    Known {
        uuid: [
            0x82, 0x27, 0x3f, 0xdc, 0xe3, 0x2a, 0x18, 0xc3, 0x3f, 0x78, 0x82, 0x79, 0x29, 0xdc,
            0x23, 0xea,
        ],
        name: "eventlog",
        operations: "ElfrClearELFW ElfrBackupELFW ElfrCloseEL ElfrDeregisterEventSource \
            ElfrNumberOfRecords ElfrOldestRecord ElfrChangeNotify ElfrOpenELW \
            ElfrRegisterEventSourceW ElfrOpenBELW ElfrReadELW ElfrReportEventW",
    },
    Known {
        uuid: [
            0xf5, 0xcc, 0x5a, 0x18, 0x42, 0x64, 0x10, 0x1a, 0x8c, 0x59, 0x08, 0x00, 0x2b, 0x2f,
            0x84, 0x26,
        ],
        name: "nspi",
        operations: "NspiBind NspiUnbind NspiUpdateStat NspiQueryRows NspiSeekEntries NspiGetMatches \
            NspiResortRestriction NspiDNToMId NspiGetPropList NspiGetProps NspiCompareMIds \
            NspiModProps NspiGetSpecialTable NspiGetTemplateInfo NspiModLinkAtt \
            NspiDeleteEntries NspiQueryColumns NspiGetNamesFromIDs NspiGetIDsFromNames \
            NspiResolveNames NspiResolveNamesW",
    },
    Known {
        uuid: [
            0x15, 0x44, 0xf5, 0xe0, 0x61, 0x3c, 0x11, 0xd1, 0x93, 0xdf, 0x00, 0xc0, 0x4f, 0xd7,
            0xbd, 0x09,
        ],
        name: "rfri",
        operations: "RfrGetNewDSA RfrGetFQDNFromLegacyDN",
    },
    Known {
        uuid: [
            0xa4, 0xf1, 0xdb, 0x00, 0xca, 0x47, 0x10, 0x67, 0xb3, 0x1f, 0x00, 0xdd, 0x01, 0x06,
            0x62, 0xda,
        ],
        name: "exchange_mapi",
        operations: "EcDoConnect EcDoDisconnect EcDoRpc EcGetMoreRpc EcRRegisterPushNotification \
            EcRUnregisterPushNotification EcDummyRpc EcRGetDCName EcRNetGetDCName EcDoRpcExt \
            EcDoConnectEx EcDoRpcExt2 EcUnknown0xC EcUnknown0xD EcDoAsyncConnectEx",
    },
    Known {
        uuid: [
            0x5a, 0x7b, 0x91, 0xf8, 0xff, 0x00, 0x11, 0xd0, 0xa9, 0xb2, 0x00, 0xc0, 0x4f, 0xb6,
            0xe6, 0xfc,
        ],
        name: "msgsvcsend",
        operations: "NetrSendMessage",
    },
    Known {
        uuid: [
            0x9c, 0x54, 0xe3, 0x10, 0xa9, 0x55, 0x48, 0x85, 0xbd, 0x31, 0x78, 0x78, 0x71, 0x47,
            0xdf, 0xa6,
        ],
        name: "unixinfo",
        operations: "sid_to_uid uid_to_sid sid_to_gid gid_to_sid getpwuid",
    },
    Known {
        uuid: [
            0xcc, 0xd8, 0xc0, 0x74, 0xd0, 0xe5, 0x4a, 0x40, 0x92, 0xb4, 0xd0, 0x74, 0xfa, 0xa6,
            0xba, 0x28,
        ],
        name: "witness",
        operations: "WitnessrGetInterfaceList WitnessrRegister WitnessrUnRegister WitnessrAsyncNotify \
            WitnessrRegisterEx",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(uuid: [u8; 4], number: u16) -> Option<&'static str> {
        let known = KNOWN.iter().find(|known| known.uuid.starts_with(&uuid))?;
        known.operation(number)
    }

    #[test]
    fn procedures_have_the_names_of_the_specifications() {
        assert_eq!(
            operation([0x36, 0x7a, 0xbb, 0x81], 15),
            Some("OpenSCManagerW")
        );
        assert_eq!(
            operation([0xe3, 0x51, 0x42, 0x35], 3),
            Some("DRSGetNCChanges")
        );
    }

    #[test]
    fn a_number_beyond_the_last_has_no_name() {
        assert_eq!(operation([0xe1, 0xaf, 0x83, 0x08], 7), None);
    }
}

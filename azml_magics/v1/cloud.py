"""Names that only a cloud can fill: notebooks import them without using them; their use says what to do instead."""

from __future__ import annotations

from azml_magics.v1.unsupported import placeholder

Dataset = placeholder("Dataset")
Datastore = placeholder("Datastore")
Keyvault = placeholder("Keyvault")
LinkedService = placeholder("LinkedService")
PrivateEndPoint = placeholder("PrivateEndPoint")
PrivateEndPointConfig = placeholder("PrivateEndPointConfig")
SynapseWorkspaceLinkedServiceConfiguration = placeholder("SynapseWorkspaceLinkedServiceConfiguration")
AdlaCompute = placeholder("AdlaCompute")
BatchCompute = placeholder("BatchCompute")
DatabricksCompute = placeholder("DatabricksCompute")
DataFactoryCompute = placeholder("DataFactoryCompute")
HDInsightCompute = placeholder("HDInsightCompute")
KustoCompute = placeholder("KustoCompute")
SynapseCompute = placeholder("SynapseCompute")
UnknownWebservice = placeholder("UnknownWebservice")

"""Whether the installation can carry the service: its database, its disk, its folders and its clock.

`wxbot check`, `/readyz` and the console's page 公众号状态 say the same findings.
"""

foreign
before=$(fingerprint)
gives 0 status=installed wgctl install
defaults "${1:-wireguard-go}"
document /mnt/doc
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
cat /mnt/said
probe
on wg show
gives 0 status=unchanged wgctl apply wg0 $REVISION 0 </mnt/doc
gives 0 status=removed wgctl remove wg0 </mnt/doc
cat /mnt/said
gives 0 status=uninstalled wgctl uninstall
after=$(fingerprint)
[ "$before" = "$after" ] || { echo "$before" >/mnt/a; echo "$after" >/mnt/b; diff -a /mnt/a /mnt/b; stop "trace"; }
files

#!/bin/bash
# Basalt's initrd: open the verified root, make the missing partitions, mount /var and the /etc overlay.
#
# It contains systemd, udev, device-mapper and what the units below run, and nothing of dracut's own hooks.
# Storage drivers beyond these come from the recipe (initrd.drivers, dracut's --add-drivers).

check() {
    require_binaries systemd-repart "$systemdutildir"/systemd-veritysetup dmsetup e2fsck mkfs.ext4 || return 1
    return 255
}

depends() {
    echo systemd systemd-initrd systemd-udevd systemd-journald systemd-tmpfiles systemd-modules-load
}

installkernel() {
    # The root: device-mapper verity, its hash, and both file systems a recipe may choose.
    hostonly='' instmods dm_mod dm_verity sha256 squashfs erofs overlay loop
    # /var, and the checksums it uses.
    hostonly='' instmods ext4 crc32c libcrc32c
    # Credentials and settings handed over by firmware and hypervisors (SMBIOS type 11, QEMU's fw_cfg).
    hostonly='' instmods dmi_sysfs qemu_fw_cfg
    # Disks that any machine may have. Controllers of real servers are named in the recipe.
    hostonly='' instmods virtio_pci virtio_blk virtio_scsi nvme ahci ata_piix sd_mod sr_mod
    # EFI variables: which disk and which entry the boot loader started.
    hostonly='' instmods efivarfs
}

install() {
    local unitdir=$systemdsystemunitdir

    inst_multiple \
        "$systemdutildir"/systemd-veritysetup \
        "$systemdutildir"/system-generators/systemd-veritysetup-generator \
        "$unitdir"/veritysetup-pre.target \
        "$unitdir"/veritysetup.target \
        "$unitdir"/remote-veritysetup.target \
        "$unitdir"/sysinit.target.wants/veritysetup.target \
        "$unitdir"/initrd-root-device.target.wants/remote-veritysetup.target \
        "$unitdir"/systemd-repart.service \
        "$unitdir"/initrd-root-fs.target.wants/systemd-repart.service \
        "$unitdir"/systemd-growfs@.service \
        "$systemdutildir"/systemd-growfs \
        systemd-repart dmsetup e2fsck mkfs.ext4 sh mkdir ln readlink sleep sync blkid journalctl
    # For a live system.
    inst_multiple cat losetup modprobe mount systemd-sysext
    # For the shell of basalt.debug.
    inst_multiple setsid ls cat dmesg lsblk findmnt
    inst_simple /etc/mke2fs.conf
    # systemd and kmod load these with dlopen, so no library dependency names them.
    inst_multiple /usr/lib/*-linux-gnu/lib{blkid,cryptsetup,fdisk,kmod,lzma,mount}.so.?*
    # Without these the device-mapper library waits for a udev event that never comes.
    inst_rules 55-dm.rules 60-persistent-storage-dm.rules 95-dm-notify.rules

    # Its presence tells systemd that it runs in an initrd; the default host name comes from it as well.
    cp -L /etc/os-release "$initdir"/etc/initrd-release
    ln -sf initrd-release "$initdir"/etc/os-release

    # The groups that udev's rules name.
    inst_sysusers debian-udev.conf
    systemd-sysusers --root="$initdir"

    inst_multiple '/usr/lib/repart.d/*.conf'

    inst_script "$moddir/find-var" /usr/lib/basalt/find-var
    inst_script "$moddir/live-generator" "$systemdutildir"/system-generators/basalt-live-generator
    inst_script "$moddir/refuse" /usr/lib/basalt/refuse
    inst_simple "$moddir/system.conf" "$systemdutildir"/system.conf.d/90-basalt.conf

    local unit
    for unit in basalt-disk.service basalt-live.service basalt-live-extension.service basalt-state.service sysroot-var.mount sysroot-etc.mount emergency.service; do
        inst_simple "$moddir/$unit" "$unitdir/$unit"
    done
    inst_simple "$moddir/repart.conf" "$unitdir"/systemd-repart.service.d/basalt.conf
    inst_simple "$moddir/verity.conf" "$unitdir"/systemd-veritysetup@root.service.d/basalt.conf

    mkdir -p "$initdir$unitdir"/initrd-fs.target.requires
    for unit in sysroot-var.mount sysroot-etc.mount; do
        ln -s ../$unit "$initdir$unitdir"/initrd-fs.target.requires/$unit
    done
    ln -sf initrd.target "$initdir$unitdir"/default.target
    # Nobody answers a prompt here: the machine restarts, and boot counting picks the other version.
    ln -sf /dev/null "$initdir$unitdir"/rescue.service
}

# Basalt vagrant 1.0 for Vagrant's libvirt provider. What a machine's own Vagrantfile says comes after this.
Vagrant.configure('2') do |config|
  config.vm.guest = :linux
  # The root is read-only, and nothing in the image serves synced folders.
  config.vm.synced_folder '.', '/vagrant', disabled: true

  config.vm.provider :libvirt do |libvirt|
    libvirt.machine_type = 'q35'
    libvirt.memory = 2048
    libvirt.cpus = 2
    libvirt.disk_bus = 'virtio'
    # GB. The image holds one version; the machine makes room for the next one and for /var on its first boot.
    libvirt.machine_virtual_size = 11
    # The image boots with UEFI alone. Firmware in one file, whose settings do not outlive a restart: Basalt keeps none there.
    libvirt.loader = ENV.fetch('BASALT_FIRMWARE', '/usr/share/ovmf/OVMF.fd')
  end
end

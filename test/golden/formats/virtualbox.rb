# Basalt vagrant 1.0 for Vagrant's VirtualBox provider. What a machine's own Vagrantfile says comes after this.
Vagrant.configure('2') do |config|
  config.vm.guest = :linux
  config.vm.base_mac = '080027BA5A17'
  # The root is read-only, and the image has no guest additions.
  config.vm.synced_folder '.', '/vagrant', disabled: true

  config.vm.provider :virtualbox do |virtualbox|
    virtualbox.memory = 2048
    virtualbox.cpus = 2
    virtualbox.check_guest_additions = false
    virtualbox.functional_vboxsf = false
    # The image boots with UEFI alone, and its kernel has a driver for this card.
    virtualbox.customize ['modifyvm', :id, '--firmware', 'efi']
    virtualbox.default_nic_type = 'virtio'
  end
end
